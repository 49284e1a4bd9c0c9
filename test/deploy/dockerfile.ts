import { type Copy, DockerfileParser } from 'dockerfile-ast';
import { textOf } from './given-deployment.ts';

/** A line of a stage that does something to files. */
export type Step =
  | { readonly kind: 'copy'; readonly from: string | undefined; readonly paths: readonly string[]; readonly to: string }
  | { readonly kind: 'run'; readonly command: string }
  | { readonly kind: 'workdir'; readonly path: string };

/** A stage: `FROM base AS name`, and what follows. */
export interface Stage {
  readonly name: string;
  readonly base: string;
  readonly steps: readonly Step[];
}

/** `deploy/Dockerfile`, as far as tests look into it. Variables are not replaced. */
export interface Dockerfile {
  readonly stages: readonly Stage[];
  readonly arguments: ReadonlyMap<string, string>;
  readonly environment: ReadonlyMap<string, string>;
  readonly user: string;
  /** In the exec form: a list of words. */
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly healthcheck: readonly string[];
}

type Instruction = ReturnType<ReturnType<typeof DockerfileParser.parse>['getInstructions']>[number];

export const DOCKERFILE: Dockerfile = read(textOf('deploy/Dockerfile'));

function read(text: string): Dockerfile {
  const instructions = DockerfileParser.parse(text).getInstructions();
  const all = (keyword: string) => instructions.filter((each) => each.getKeyword() === keyword).map(argumentsOf);
  return {
    stages: stagesOf(instructions),
    arguments: pairs(all('ARG')),
    environment: pairs(all('ENV').flatMap((line) => line.split(' '))),
    user: all('USER').at(-1) ?? '',
    entrypoint: JSON.parse(all('ENTRYPOINT').at(-1) ?? '[]'),
    command: JSON.parse(all('CMD').at(-1) ?? '[]'),
    healthcheck: JSON.parse(
      all('HEALTHCHECK')
        .at(-1)
        ?.replace(/^.*?CMD /, '') ?? '[]',
    ),
  };
}

/** What stands behind the keyword, on one line. */
function argumentsOf(instruction: Instruction): string {
  return (instruction.getRawArgumentsContent() ?? '').replaceAll(/\\\n\s*/g, ' ').replaceAll(/ +/g, ' ');
}

function pairs(lines: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    lines.map((line) => {
      const at = line.indexOf('=');
      return [line.slice(0, at), line.slice(at + 1)];
    }),
  );
}

function stagesOf(instructions: readonly Instruction[]): readonly Stage[] {
  const stages: { name: string; base: string; steps: Step[] }[] = [];
  for (const instruction of instructions) {
    const words = argumentsOf(instruction);
    if (instruction.getKeyword() === 'FROM') {
      const [base = '', , name = ''] = words.split(' ');
      stages.push({ name, base, steps: [] });
    }
    const step = stepOf(instruction, words);
    if (step !== undefined) stages.at(-1)?.steps.push(step);
  }
  return stages;
}

function stepOf(instruction: Instruction, words: string): Step | undefined {
  const keyword = instruction.getKeyword();
  if (keyword === 'WORKDIR') return { kind: 'workdir', path: words };
  if (keyword === 'RUN') return { kind: 'run', command: words };
  if (!isCopy(instruction)) return undefined;
  const parts = words.split(' ');
  const from = instruction.getFromFlag()?.getValue() ?? undefined;
  return { kind: 'copy', from, paths: parts.slice(0, -1), to: parts.at(-1) ?? '' };
}

/** Flags are no part of an instruction's arguments. */
function isCopy(instruction: Instruction): instruction is Copy {
  return instruction.getKeyword() === 'COPY';
}
