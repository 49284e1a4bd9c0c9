import type { Kafka } from 'kafkajs';
import type { Config } from '../config/config.ts';
import { TollgateError } from '../domain/errors.ts';
import { createKafka } from '../kafka/client.ts';
import type { BrokerReach } from '../kafka/topology/reach.ts';
import { createLogger } from '../ops/log.ts';

/** A client of the configured brokers, not yet connected, and how to reach them. */
export interface KafkaConnection {
  readonly kafka: Kafka;
  readonly reach: BrokerReach;
}

/** Throws `config_invalid` where the configuration names no brokers. The client's own log is left out: we say it. */
export function openKafka({ kafka, path }: Config): KafkaConnection {
  if (kafka === undefined) {
    throw new TollgateError('config_invalid', 'this configuration reads files: it has no topics', {
      where: path,
      next: 'give one with `kafka: { brokers: […] }`',
    });
  }
  return { kafka: createKafka(kafka, createLogger('silent')), reach: kafka };
}
