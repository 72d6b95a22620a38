/** The four bodies that api.instagram.com has been seen to answer a code with. */
export const exchangeShapes = ['flat_array', 'flat_string', 'wrapped_number', 'wrapped_string'] as const;

/**
 * How the code exchange's answer looks: fields at the top or in `data[0]`, permissions as an array or as text
 * separated by commas, `user_id` as a number or (only `wrapped_string`) as a string.
 */
export type ExchangeShape = (typeof exchangeShapes)[number];

/** The four bodies that graph.instagram.com has been seen to answer `/me` with. */
export const profileShapes = ['flat_string', 'wrapped_number', 'wrapped_string', 'flat_number'] as const;

/** How `/me` looks: fields at the top or in `data[0]`, ids as strings or as numbers. */
export type ProfileShape = (typeof profileShapes)[number];

/** How api.instagram.com words its refusals: its own flat shape, or now and then the Graph hosts'. */
export type ErrorShape = 'flat' | 'graph';

/** Gives the chosen shape, or each in turn where none was chosen. */
export class Rotation<Shape extends string> {
  #turn = 0;
  readonly #shapes: readonly Shape[];

  constructor(all: readonly Shape[], chosen: Shape | 'rotate') {
    this.#shapes = chosen === 'rotate' ? all : [chosen];
  }

  /** Passes over what does not fit, unless nothing else was chosen. */
  next(fits: (shape: Shape) => boolean = () => true): Shape {
    const fitting = this.#shapes.filter(fits);
    const candidates = fitting.length > 0 ? fitting : this.#shapes;
    const shape = candidates[this.#turn % candidates.length];
    if (shape === undefined) throw new TypeError('There is no shape to choose from.');
    this.#turn += 1;
    return shape;
  }
}
