import { createHash } from 'node:crypto';
import { type BuiltinContext, type BuiltinTable, exactInteger, integerOperand, stringOperand } from './operands.ts';

const UUID_GROUPS = /^(.{8})(.{4})(.{4})(.{4})(.{12})$/;

/**
 * "Random" values that are functions of (event id, key), so that replay gives them again. Within one evaluation the
 * same key gives the same value, as OPA specifies for both.
 */
export const RANDOM_BUILTINS: BuiltinTable = {
  'rand.intn': (operands, context) => {
    const key = stringOperand(operands, 0);
    const wanted = integerOperand(operands, 1);
    const bound = wanted < 0n ? -wanted : wanted;
    if (bound === 0n) return 0;
    // 256 bits modulo a 64-bit bound: the bias is below 2^-190.
    const digits = seededDigest(context, `rand.intn\0${bound}\0${key}`).toString('hex');
    return exactInteger(BigInt(`0x${digits}`) % bound);
  },
  'uuid.rfc4122': (operands, context) => {
    const bytes = seededDigest(context, `uuid.rfc4122\0${stringOperand(operands, 0)}`).subarray(0, 16);
    // RFC 9562, section 5.4: version 4, variant 10.
    bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40;
    bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
    return bytes.toString('hex').replace(UUID_GROUPS, '$1-$2-$3-$4-$5');
  },
};

function seededDigest(context: BuiltinContext, key: string): Buffer {
  // Seed and key stand apart by the seed's length, so that no two pairs share a text.
  return createHash('sha256').update(`${context.seed.length}\0${context.seed}\0${key}`).digest();
}
