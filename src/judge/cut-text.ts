/** The first `maxLength` UTF-16 units of a text, one fewer where the cut would halve a surrogate pair. */
export function cutText(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const last = text.charCodeAt(maxLength - 1);
  const halvesPair = last >= 0xd800 && last <= 0xdbff;
  return text.slice(0, halvesPair ? maxLength - 1 : maxLength);
}
