import type { World } from './worlds.js';

/** Which apps have subscribed to which accounts and pages: nothing of the others is ever sent. */
export class Subscriptions {
  readonly #fields = new Map<string, readonly string[]>();

  /** Sets the fields, whatever they were before. */
  set(world: World, id: string, fields: readonly string[]): void {
    this.#fields.set(`${world} ${id}`, fields);
  }

  remove(world: World, id: string): void {
    this.#fields.delete(`${world} ${id}`);
  }

  /** Null for what the app has not subscribed to. */
  find(world: World, id: string): readonly string[] | null {
    return this.#fields.get(`${world} ${id}`) ?? null;
  }
}
