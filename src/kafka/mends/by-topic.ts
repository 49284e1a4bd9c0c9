/** Topic → what is of it, in the order given: most requests name each topic once. */
export function byTopic<T extends { readonly topic: string }>(all: Iterable<T>): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const one of all) {
    const group = groups.get(one.topic);
    if (group === undefined) groups.set(one.topic, [one]);
    else group.push(one);
  }
  return groups;
}
