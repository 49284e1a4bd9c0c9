import { EvaluationFault } from '../../domain/errors.ts';
import type { BuiltinContext } from './builtins/operands.ts';
import type { HostState } from './imports.ts';
import { asAddress } from './linear-memory.ts';

/** Everything that an instance is made of. The module has passed `inspectModule`. */
export interface OpaModuleSpec {
  /** Names the policy in errors. */
  readonly name: string;
  readonly module: WebAssembly.Module;
  /** The `data` document as JSON text. */
  readonly dataText: string;
  /** Slash path, as in `entrypoints()`; undefined: the module's only one. */
  readonly entrypoint: string | undefined;
  readonly limits: { readonly memoryMb: number; readonly maxInputBytes: number };
  readonly maxAnswerBytes: number;
}

/** UTF-8 takes at most three bytes for one UTF-16 unit. */
const MAX_BYTES_PER_UNIT = 3;

type OpaEval = (
  reserved: number,
  entrypoint: number,
  data: number,
  input: number,
  inputLength: number,
  heap: number,
  format: number,
) => unknown;

/**
 * One instance of a policy module with its data loaded, used for one evaluation after another (ABI 1.2, `opa_eval`).
 *
 * 1. Its memory has a maximum from the start, and is used by nobody else.
 * 2. What an evaluation leaves above `#heapBase` the next one overwrites; data lies below it.
 * 3. After a fault inside the module nothing is known of its state: `broken` is true, and it is never called again.
 */
export class OpaInstance {
  readonly #spec: OpaModuleSpec;
  readonly #state: HostState;
  readonly #eval: OpaEval;
  readonly #entrypoint: number;
  readonly #dataAddress: number;
  readonly #heapBase: number;
  #broken = false;

  constructor(spec: OpaModuleSpec, state: HostState, entrypoint: number, dataAddress: number, heapBase: number) {
    this.#spec = spec;
    this.#state = state;
    this.#eval = state.exports.opa_eval as OpaEval;
    this.#entrypoint = entrypoint;
    this.#dataAddress = dataAddress;
    this.#heapBase = heapBase;
  }

  get broken(): boolean {
    return this.#broken;
  }

  /**
   * Evaluates `inputText` (JSON; undefined: no input) and gives the bytes of the result set: a view that holds until
   * the next call. Throws an `EvaluationFault`.
   */
  evaluate(inputText: string | undefined, context: BuiltinContext): Buffer {
    const { memory } = this.#state;
    const length = inputText === undefined ? 0 : this.#writeInput(inputText);
    this.#broken = true;
    this.#state.context = context;
    this.#state.fault = undefined;
    const heap = (this.#heapBase + length + 7) & ~7;
    const address = this.#run(inputText === undefined ? 0 : this.#heapBase, length, heap);
    const result = memory.stringBytes(asAddress(address), this.#spec.maxAnswerBytes);
    if (result === undefined) {
      throw new EvaluationFault(
        'invalid_result',
        `the result is not readable within its memory and ${this.#spec.maxAnswerBytes} bytes`,
      );
    }
    this.#broken = false;
    return result;
  }

  #writeInput(inputText: string): number {
    const { maxInputBytes } = this.#spec.limits;
    // What fits in any case need not be measured before it is written.
    const most = inputText.length * MAX_BYTES_PER_UNIT;
    if (most <= maxInputBytes && this.#heapBase + most + 8 <= this.#state.memory.byteLength) {
      return this.#state.memory.view().write(inputText, this.#heapBase, 'utf8');
    }
    const length = Buffer.byteLength(inputText);
    if (length > maxInputBytes) {
      throw new EvaluationFault('input_too_large', `the input has ${length} bytes, limit ${maxInputBytes}`);
    }
    const { memory } = this.#state;
    if (!memory.reach(this.#heapBase + length + 8)) {
      throw new EvaluationFault('memory_limit', `the input of ${length} bytes does not fit into the policy's memory`);
    }
    memory.view().write(inputText, this.#heapBase, length, 'utf8');
    return length;
  }

  #run(input: number, length: number, heap: number): unknown {
    try {
      const address = this.#eval(0, this.#entrypoint, this.#dataAddress, input, length, heap, 0);
      if (this.#state.fault === undefined) return address;
    } catch (thrown) {
      throw this.#state.fault ?? trapFault(thrown);
    }
    throw this.#state.fault;
  }
}

/** A trap of the engine (unreachable, out of bounds, stack overflow): its message is the engine's, never the payload's. */
function trapFault(thrown: unknown): EvaluationFault {
  const what = thrown instanceof Error ? thrown.message : 'unknown';
  return new EvaluationFault('trap', `the policy trapped: ${what}`, { cause: thrown });
}
