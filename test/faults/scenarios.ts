import { diskFull } from './files/disk-full.ts';
import { killedOnFiles } from './files/killed.ts';
import { hostileInput, hostilePolicy } from './hostile/hostile.ts';
import { deletedTopics } from './network/deleted-topics.ts';
import { goneBrokers } from './network/gone-brokers.ts';
import { killedBrokers } from './network/killed-brokers.ts';
import { protocolChanged } from './network/protocol-changes.ts';
import { requestFaults } from './network/request-faults.ts';
import { slowBrokers } from './network/slow-brokers.ts';
import { clockStepped } from './process/clock.ts';
import { killedAtEachPoint, killedAtRandom } from './process/killed.ts';
import { racingOwners, scaled } from './process/rebalances.ts';
import { threadKilled, threadOutOfMemory, threadStuck } from './process/threads.ts';
import { undisturbed } from './process/undisturbed.ts';
import { zombieAlone, zombieAmongTwo } from './process/zombie.ts';
import type { AnyScenario } from './scenario.ts';

/** The matrix, in the order of the report. */
export const SCENARIOS: readonly AnyScenario[] = [
  undisturbed,
  killedAtEachPoint,
  killedAtRandom,
  zombieAmongTwo,
  zombieAlone,
  racingOwners,
  scaled,
  threadKilled,
  threadOutOfMemory,
  threadStuck,
  clockStepped,
  ...killedBrokers,
  ...goneBrokers,
  ...slowBrokers,
  ...requestFaults,
  protocolChanged,
  ...deletedTopics,
  hostileInput,
  hostilePolicy,
  diskFull,
  killedOnFiles,
];
