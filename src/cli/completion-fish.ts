import { type CompletedCommand, type CompletedFlag, type CompletedValue, everyCommand } from './completion-tree.ts';

const SPECIAL = /[\\']/g;

/** A `complete` line for each command, flag and operand, each under the condition that the line stands at its command. */
export function fishScript(program: CompletedCommand): string {
  const commands = [...everyCommand(program)];
  const at = `__${program.name}_at`;
  return `# Completion of ${program.name} for fish, by \`${program.name} completion fish\`.
function ${at} --argument-names wanted
    set -l at ${program.name}
    for word in (commandline -opc)[2..-1]
        switch "$at $word"
            case ${commands
              .slice(1)
              .map(({ path }) => `'${path}'`)
              .join(' ')}
                set at "$at $word"
        end
    end
    test "$at" = "$wanted"
end

complete -c ${program.name} -f
${commands.flatMap((command) => linesOf(command, program.name, at)).join('\n')}
`;
}

function linesOf(command: CompletedCommand, program: string, at: string): readonly string[] {
  const line = (rest: string): string => `complete -c ${program} -n '${at} "${command.path}"' ${rest}`;
  const { operand } = command;
  return [
    ...command.commands.map(({ name, description }) => line(`-a ${name} -d '${quoted(description)}'`)),
    ...command.flags.map((flag) => line(flagParts(flag))),
    ...(operand === undefined || operand.kind === 'text' ? [] : [line(valueParts(operand))]),
  ];
}

function flagParts({ names, description, value }: CompletedFlag): string {
  const shown = names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
  const takes = value === undefined ? [] : ['-r', valueParts(value)];
  return [...shown, ...takes, `-d '${quoted(description)}'`].join(' ');
}

function valueParts(value: CompletedValue): string {
  if (value.kind === 'path') return '-F';
  return value.kind === 'choices' ? `-f -a '${value.choices.join(' ')}'` : '-f';
}

function quoted(text: string): string {
  return text.replace(SPECIAL, (character) => `\\${character}`);
}
