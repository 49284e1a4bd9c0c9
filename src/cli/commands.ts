import type { Command } from 'commander';
import type { Terminal } from './terminal.ts';

/** Adds a command, with its options, help and action, to the program. */
export type AddCommand = (program: Command, terminal: Terminal) => void;

/** A command as `tollgate --help` lists it. Its own file is loaded only when it is called. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  /** Looks at the others: when it is called, every command is loaded. */
  readonly needsAll?: boolean;
  load(): Promise<AddCommand>;
}

/**
 * Every command, in the order of the help. A new one is an entry here and a file beside this one that exports its
 * `AddCommand`; the file imports only what its options need, its action imports the rest.
 */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'init',
    summary: 'write a first configuration, policy and events',
    load: async () => (await import('./init.ts')).addInitCommand,
  },
  {
    name: 'run',
    summary: 'judge events as they come, until SIGTERM',
    load: async () => (await import('./run.ts')).addRunCommand,
  },
  {
    name: 'replay',
    summary: 'judge history again, to the same bytes',
    load: async () => (await import('./replay.ts')).addReplayCommand,
  },
  {
    name: 'eval',
    summary: 'judge one event and explain the decision',
    load: async () => (await import('./eval.ts')).addEvalCommand,
  },
  {
    name: 'policy',
    summary: 'build, inspect and try out policies',
    load: async () => (await import('./policy.ts')).addPolicyCommand,
  },
  {
    name: 'audit',
    summary: 'check the chain of audit records',
    load: async () => (await import('./audit.ts')).addAuditCommand,
  },
  {
    name: 'topics',
    summary: 'make the topics, or say what is wrong with them',
    load: async () => (await import('./topics.ts')).addTopicsCommand,
  },
  {
    name: 'doctor',
    summary: 'check configuration, broker, topics, policies',
    load: async () => (await import('./doctor.ts')).addDoctorCommand,
  },
  {
    name: 'demo',
    summary: 'a realistic run without a broker',
    load: async () => (await import('./demo.ts')).addDemoCommand,
  },
  {
    name: 'completion',
    summary: 'completion of commands and flags for a shell',
    load: async () => (await import('./completion.ts')).addCompletionCommand,
    needsAll: true,
  },
];
