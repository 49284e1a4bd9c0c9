import { type CompletedCommand, type CompletedValue, everyCommand } from './completion-tree.ts';

/**
 * A function for `complete -F`, for bash 3.2 (macOS) and later. It leaves COMPREPLY empty where files are meant: readline
 * completes those better than any function can. Names of commands and flags need no quoting inside single quotes.
 */
export function bashScript(program: CompletedCommand): string {
  const commands = [...everyCommand(program)];
  return `# Completion of ${program.name} for bash, by \`${program.name} completion bash\`.
_${program.name}() {
  local IFS=$' \\t\\n' at=${program.name} words= flags= word
  local current=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD - 1]}
  COMPREPLY=()
  # Bash takes --flag=value apart.
  if [[ $current == = ]]; then
    current=
  elif [[ $before == = ]]; then
    before=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD - 1}"; do
    case "$at $word" in
      ${commands
        .slice(1)
        .map(({ path }) => `'${path}'`)
        .join(' | ')}) at="$at $word" ;;
    esac
  done
  case "$at $before" in
${commands.flatMap(valueCases).join('\n')}
  esac
  case "$at" in
${commands.map(wordsCase).join('\n')}
  esac
  if [[ $current == -* ]]; then
    words=$flags
  elif [[ $words == FILES ]]; then
    return
  fi
  compopt +o default 2>/dev/null
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _${program.name} ${program.name}
`;
}

/** What follows a flag that takes a value. */
function valueCases({ path, flags }: CompletedCommand): readonly string[] {
  return flags.flatMap(({ names, value }) => {
    if (value === undefined) return [];
    return [`    ${names.map((name) => `'${path} ${name}'`).join(' | ')}) ${answerOf(value)} ;;`];
  });
}

function answerOf(value: CompletedValue): string {
  if (value.kind === 'path') return 'return';
  const words =
    value.kind === 'choices' ? ` COMPREPLY=($(compgen -W '${value.choices.join(' ')}' -- "$current"));` : '';
  return `compopt +o default 2>/dev/null;${words} return`;
}

/** What can stand for itself: subcommands, choices, files (told by a word in capitals), or nothing but flags. */
function wordsCase({ path, commands, flags, operand }: CompletedCommand): string {
  const flagNames = flags.flatMap(({ names }) => names).join(' ');
  const subcommands = commands.map(({ name }) => name).join(' ');
  const words = subcommands === '' ? operandWords(operand, flagNames) : subcommands;
  return `    '${path}') words='${words}' flags='${flagNames}' ;;`;
}

function operandWords(operand: CompletedValue | undefined, flagNames: string): string {
  if (operand?.kind === 'path') return 'FILES';
  return operand?.kind === 'choices' ? operand.choices.join(' ') : flagNames;
}
