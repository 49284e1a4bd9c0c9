#!/bin/sh
# Writes the events of examples/demo to their topics, keyed by session: BROKER=host:port [KAFKA_BIN=…] [EXAMPLES=…].
set -eu
examples=${EXAMPLES:-/demo/examples}
producer=${KAFKA_BIN:-/opt/kafka/bin}/kafka-console-producer.sh

# `session<tab>line`, which the producer splits again; a line that names no session stays as it is and gets no key.
keyed() {
  sed -E 's/^.*"session_id":"([^"]+)".*$/\1\t&/' "$@"
}

produce() {
  "$producer" --bootstrap-server "$BROKER" --topic "$1" \
    --reader-property parse.key=true --reader-property ignore.error=true
}

keyed "$examples"/control/*.ndjson | produce agent.control
keyed "$examples"/events/*.ndjson | produce agent.tool-calls
echo "produced $(cat "$examples"/control/*.ndjson "$examples"/events/*.ndjson | wc -l) records"
