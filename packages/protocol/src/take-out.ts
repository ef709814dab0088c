/** Takes `item` out of a list; `false` if it isn't there. */
export function takeOut<Item>(list: Item[], item: Item): boolean {
  const index = list.indexOf(item);
  if (index >= 0) list.splice(index, 1);
  return index >= 0;
}
