import { type CompletedCommand, type CompletedFlag, type CompletedValue, everyCommand } from './completion-tree.ts';

const SPECIAL = /[\\:[\]]/g;

/** A function a command, over zsh's own `_arguments`; works from `fpath` and by `source <(…)`. */
export function zshScript(program: CompletedCommand): string {
  const functions = [...everyCommand(program)].map((command) =>
    command.commands.length > 0 ? groupFunction(command) : leafFunction(command),
  );
  const main = functionOf(program);
  return `#compdef ${program.name}
# Completion of ${program.name} for zsh, by \`${program.name} completion zsh\`.

${functions.join('\n')}
if [[ \${funcstack[1]} == ${main} ]]; then
  ${main} "$@"
else
  compdef ${main} ${program.name}
fi
`;
}

function functionOf({ path }: CompletedCommand): string {
  return `_${path.replaceAll(' ', '_')}`;
}

function groupFunction(command: CompletedCommand): string {
  const specs = [...command.flags.flatMap(flagSpecs), `'1: :->command'`, `'*:: :->rest'`];
  const names = command.commands.map(({ name, description }) => `      '${quoted(`${name}:${escaped(description)}`)}'`);
  const calls = command.commands.map((child) => `      ${child.name}) ${functionOf(child)} && found=0 ;;`);
  return `${functionOf(command)}() {
  local context state state_descr line found=1
  local -A opt_args
  local -a commands
  _arguments -C ${specs.join(' ')} && found=0
  case $state in
    command)
      commands=(
${names.join('\n')}
      )
      _describe -t commands command commands && found=0
      ;;
    rest) case $line[1] in
${calls.join('\n')}
    esac ;;
  esac
  return found
}
`;
}

function leafFunction(command: CompletedCommand): string {
  const { flags, operand } = command;
  const specs = [...flags.flatMap(flagSpecs), ...(operand === undefined ? [] : [`'*:${actionOf(operand)}'`])];
  return `${functionOf(command)}() {
  _arguments ${specs.join(' ')}
}
`;
}

/** One spec a name; either name rules out both. */
function flagSpecs({ names, description, value }: CompletedFlag): readonly string[] {
  const others = names.length > 1 ? `(${names.join(' ')})` : '';
  return names.map((name) => {
    const takes = value === undefined ? '' : `:${actionOf(value)}`;
    const sign = value !== undefined && name.startsWith('--') ? '=' : '';
    return `'${quoted(`${others}${name}${sign}[${escaped(description)}]${takes}`)}'`;
  });
}

/** Message and action of a value. */
function actionOf(value: CompletedValue): string {
  if (value.kind === 'path') return 'file:_files';
  return value.kind === 'choices' ? `choice:(${value.choices.join(' ')})` : 'value: ';
}

function escaped(text: string): string {
  return text.replace(SPECIAL, (character) => `\\${character}`);
}

function quoted(text: string): string {
  return text.replaceAll("'", "'\\''");
}
