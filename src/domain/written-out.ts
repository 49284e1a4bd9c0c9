/** All members there, those that may be absent as undefined: objects that are many, and made of one shape. */
export type WrittenOut<T> = { readonly [K in keyof Required<T>]: T[K] | undefined };
