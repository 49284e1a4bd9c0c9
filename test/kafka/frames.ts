const SIZE_BYTES = 4;
/** More than any request a broker takes (`socket.request.max.bytes`, 100 MiB). */
const MAX_FRAME_BYTES = 128 * 1024 * 1024;

/** Cuts a stream into Kafka's frames: four bytes of size, big-endian, then as many bytes. */
export class FrameSplitter {
  #chunks: Buffer[] = [];
  #held = 0;
  /** Bytes of the frame at hand with its size; undefined until four bytes of it are here. */
  #wanted: number | undefined;

  /** The frames that are complete with `chunk`, each with its size in front. Throws on a size that cannot be one. */
  *push(chunk: Buffer): Generator<Buffer> {
    this.#chunks.push(chunk);
    this.#held += chunk.length;
    while (this.#held >= (this.#wanted ?? SIZE_BYTES)) {
      const all = this.#chunks.length === 1 ? this.#chunks[0] : Buffer.concat(this.#chunks);
      if (all === undefined) return;
      this.#chunks = [all];
      this.#wanted ??= SIZE_BYTES + frameSize(all);
      if (this.#held < this.#wanted) return;
      yield all.subarray(0, this.#wanted);
      this.#chunks = [all.subarray(this.#wanted)];
      this.#held -= this.#wanted;
      this.#wanted = undefined;
    }
  }
}

function frameSize(bytes: Buffer): number {
  const size = bytes.readInt32BE(0);
  if (size < 0 || size > MAX_FRAME_BYTES) throw new Error(`a frame of ${size} bytes: this is not Kafka`);
  return size;
}
