import { type JsonSchema, record, text } from './json-schema.ts';

const PASSWORD_MEMBERS = ['username', 'password'] as const;
const OAUTH_MEMBERS = ['tokenUrl', 'clientId', 'clientSecret', 'scope', 'audience', 'ca'] as const;

/** `kafka.sasl:`: a name and a password, or a client of a token endpoint; each mechanism takes only its own members. */
export const SASL_SCHEMA: JsonSchema = record(
  'Login at the brokers.',
  {
    mechanism: {
      type: 'string',
      enum: ['plain', 'scram-sha-256', 'scram-sha-512', 'oauthbearer'],
      description: 'SASL mechanism.',
    },
    username: text('User name, for `plain` and `scram-sha-…`.'),
    password: { ...text('Password, for `plain` and `scram-sha-…`.'), writeOnly: true },
    tokenUrl: {
      type: 'string',
      pattern: '^https?://[^\\s@/?#]+(/[^\\s#]*)?$',
      description: 'Token endpoint, for `oauthbearer` (client credentials grant).',
    },
    clientId: text('Client at the token endpoint.'),
    clientSecret: { ...text('Secret of the client.'), writeOnly: true },
    scope: text('Scopes to ask for, separated by spaces.'),
    audience: text('Audience to ask for, where the token endpoint takes one.'),
    ca: text(
      'Authorities to trust at the token endpoint; absent: the system’s. PEM text, or the path of a file that holds it.',
    ),
  },
  {
    required: ['mechanism'],
    allOf: [
      forMechanisms(['oauthbearer'], ['tokenUrl', 'clientId', 'clientSecret'], PASSWORD_MEMBERS),
      forMechanisms(['plain', 'scram-sha-256', 'scram-sha-512'], PASSWORD_MEMBERS, OAUTH_MEMBERS),
    ],
  },
);

/** Where the mechanism is one of these: what must be there, and what belongs to others. */
function forMechanisms(
  mechanisms: readonly string[],
  required: readonly string[],
  others: readonly string[],
): JsonSchema {
  return {
    if: { not: { required: ['mechanism'], properties: { mechanism: { enum: mechanisms } } } },
    else: { required, properties: refused(others) },
  };
}

/** Members of other mechanisms. */
function refused(names: readonly string[]): Readonly<Record<string, JsonSchema>> {
  return Object.fromEntries(names.map((name) => [name, { not: {} }]));
}
