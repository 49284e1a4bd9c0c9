import { createHmac, hash, timingSafeEqual } from 'node:crypto';
import { type Builtin, type BuiltinTable, stringOperand } from './operands.ts';

/** Digests as OPA gives them: lower-case hexadecimal over the UTF-8 of the operand. */
export const DIGEST_BUILTINS: BuiltinTable = {
  'crypto.md5': digest('md5'),
  'crypto.sha1': digest('sha1'),
  'crypto.sha256': digest('sha256'),
  'crypto.hmac.md5': hmac('md5'),
  'crypto.hmac.sha1': hmac('sha1'),
  'crypto.hmac.sha256': hmac('sha256'),
  'crypto.hmac.sha512': hmac('sha512'),
  'crypto.hmac.equal': (operands) => {
    const first = Buffer.from(stringOperand(operands, 0));
    const second = Buffer.from(stringOperand(operands, 1));
    return first.length === second.length && timingSafeEqual(first, second);
  },
};

function digest(algorithm: string): Builtin {
  return (operands) => hash(algorithm, stringOperand(operands, 0));
}

function hmac(algorithm: string): Builtin {
  return (operands) =>
    createHmac(algorithm, stringOperand(operands, 1)).update(stringOperand(operands, 0)).digest('hex');
}
