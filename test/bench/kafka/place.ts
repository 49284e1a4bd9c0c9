/** Where a contestant works: the broker, what it reads, and a group and output topics that are its own. */
export interface Place {
  readonly brokers: readonly string[];
  readonly groupId: string;
  readonly partitions: number;
  readonly topics: PlaceTopics;
}

/** Names of topics. Events and control are shared by all contestants. */
export interface PlaceTopics {
  readonly events: string;
  readonly control: string;
  readonly decisions: string;
  readonly audit: string;
  readonly deadLetter: string;
  readonly sessions: string;
}

/** What a bench's program is told: a place, and whatever the program itself asks for. */
export interface ProgramTask {
  readonly place: Place;
}

/** Of the programs under `programs/`: the task, which is the first argument, as JSON. */
export function programTask<T extends ProgramTask>(): T {
  const [, , task] = process.argv;
  if (task === undefined) throw new Error('usage: PROGRAM TASK');
  return JSON.parse(task) as T;
}
