/** What a DISH has heard, in a form that is easy to compare. */
import type { Dish, GroupMessage } from '../../src/sockets/dish.ts';

/** A message as `group:body`. */
export function spoken([body, { group }]: GroupMessage): string {
  return `${Buffer.from(group).toString()}:${Buffer.from(body).toString()}`;
}

/** All there is now. */
export function heard(dish: Dish): string[] {
  const all: string[] = [];
  for (let message = dish.tryReceive(); message !== undefined; message = dish.tryReceive()) all.push(spoken(message));
  return all;
}
