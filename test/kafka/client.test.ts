import { describe, expect, it } from 'vitest';
import type { LogFields, Logger } from '../../src/domain/log.ts';
import { createKafka } from '../../src/kafka/client.ts';
import { kafkaLog } from '../../src/kafka/client-log.ts';

const NOTHING = 0;
const ERROR = 1;
const WARN = 2;
const INFO = 4;

interface Line {
  readonly level: string;
  readonly fields: LogFields;
  readonly message: string;
}

function recordingLogger(): { readonly logger: Logger; readonly lines: readonly Line[] } {
  const lines: Line[] = [];
  const at = (level: string) => (fields: LogFields, message: string) => {
    lines.push({ level, fields, message });
  };
  return { logger: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }, lines };
}

describe("kafkajs's log", () => {
  it.each<[string, number, string, string, string]>([
    [
      'Connection',
      ERROR,
      'Connection error: connect ECONNREFUSED 127.0.0.1:9092',
      'warn',
      'broker 127.0.0.1:9092 cannot be reached: ECONNREFUSED, trying again',
    ],
    [
      'Connection',
      ERROR,
      'Connection timeout',
      'warn',
      'broker 127.0.0.1:9092 cannot be reached: no answer in time, trying again',
    ],
    [
      'Connection',
      ERROR,
      'Connection error: self-signed certificate',
      'warn',
      'broker 127.0.0.1:9092 cannot be reached: self-signed certificate, trying again',
    ],
    [
      'Connection',
      ERROR,
      'Response AddOffsetsToTxn(key: 25, version: 1)',
      'debug',
      'kafkajs: Response AddOffsetsToTxn(key: 25, version: 1)',
    ],
    ['BrokerPool', ERROR, 'Failed to connect to seed broker', 'debug', 'kafkajs: Failed to connect to seed broker'],
    ['Consumer', ERROR, 'Crash: no', 'error', 'kafkajs: Crash: no'],
    ['Runner', WARN, 'The group is rebalancing', 'warn', 'kafkajs: The group is rebalancing'],
    ['Runner', INFO, 'Consumer has joined', 'debug', 'kafkajs: Consumer has joined'],
  ])('of %s, level %d: "%s" is %s: "%s"', (namespace, level, message, expectedLevel, expectedMessage) => {
    const { logger, lines } = recordingLogger();
    const log = {
      timestamp: '',
      logger: 'kafkajs',
      message,
      broker: '127.0.0.1:9092',
      stack: 'at …',
      payload: 'secret',
    };
    kafkaLog(logger)({ namespace, level, label: '', log });
    expect(lines).toEqual([{ level: expectedLevel, fields: { broker: '127.0.0.1:9092' }, message: expectedMessage }]);
  });

  it('is silent about retries of a producer that is not used', () => {
    const { logger, lines } = recordingLogger();
    const message = 'Limiting retries for the idempotent producer may invalidate EoS guarantees';
    kafkaLog(logger)({ namespace: 'Producer', level: WARN, label: '', log: { timestamp: '', message } });
    expect(lines).toHaveLength(NOTHING);
  });
});

describe('a client', () => {
  it('names the member and the file that cannot be read', () => {
    const ssl = { ca: '/no/such/ca.pem', rejectUnauthorized: true };
    const make = () => createKafka({ brokers: ['127.0.0.1:1'], clientId: 'test', ssl }, recordingLogger().logger);
    expect(make).toThrow(expect.objectContaining({ code: 'config_invalid', where: '/no/such/ca.pem' }));
    expect(make).toThrow('kafka.ssl.ca');
  });
});
