/** What programs that are not ours made of one text: the zstd program 1.5, the lz4 program 1.9, snappy-java 1.1, snappy (Rust). */

/** Four lines. */
export const TEXT = '{"event_id":"1","session_id":"s-1","type":"tool_call","tool":"shell"}\n'.repeat(4);

export const ZSTD_CLI = Buffer.from(
  'KLUv/QRYRQIAtAN7ImV2ZW50X2lkIjoiMSIsInNlc3Npb25zLTEiLCJ0eXBlIjoidG9vbF9jYWxsIiwiOiJzaGVsbCJ9CgMAzySQ56UNCJt4PL4bUQ==',
  'base64',
);

export const LZ4_CLI = Buffer.from(
  'BCJNGGRAp0wAAADyCXsiZXZlbnRfaWQiOiIxIiwic2Vzc2lvbhEAIHMtEwDxA3R5cGUiOiJ0b29sX2NhbGwiLAwAvyI6InNoZWxsIn0KRgC6UGxsIn0KAAAAAHa4O/0=',
  'base64',
);

export const SNAPPY_RAW = Buffer.from(
  'mAJceyJldmVudF9pZCI6IjEiLCJzZXNzaW9uCREEcy0BE0R0eXBlIjoidG9vbF9jYWxsIiwFDCgiOiJzaGVsbCJ9Cv5GAP5GAP5GAEZGAA==',
  'base64',
);

/** Two streams, one behind the other. */
export const SNAPPY_JAVA_TWICE = Buffer.from(
  'glNOQVBQWQAAAAABAAAAAQAAAE+YAlx7ImV2ZW50X2lkIjoiMSIsInNlc3Npb24JEQRzLQETRHR5cGUiOiJ0b29sX2NhbGwiLAUMKCI6InNoZWxsIn0K/kYA/kYA/kYARkYAglNOQVBQWQAAAAABAAAAAQAAAE+YAlx7ImV2ZW50X2lkIjoiMSIsInNlc3Npb24JEQRzLQETRHR5cGUiOiJ0b29sX2NhbGwiLAUMKCI6InNoZWxsIn0K/kYA/kYA/kYARkYA',
  'base64',
);
