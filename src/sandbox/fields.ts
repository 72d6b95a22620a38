import type { Call } from './call.js';
import { Refusal } from './graph-error.js';
import * as errors from './graph-errors.js';
import type { JsonObject } from './json.js';

/** One name of `fields=id,account{id,username}`, with what stands in its braces. */
export interface Field {
  readonly name: string;
  readonly fields: readonly Field[] | null;
}

/** What `fields` asks for; null: nothing in particular. */
export function readFields(call: Call): readonly Field[] | null {
  const text = call.params['fields'] ?? '';
  return text === '' ? null : parseFields(text);
}

/**
 * @see Meta: "Field Expansion"
 * @throws {Refusal} 2500 where braces and commas make no sense
 */
function parseFields(text: string): readonly Field[] {
  const parts = text.match(/[A-Za-z0-9_]+|[{},]/g) ?? [];
  // Whatever the expression above passed over is no part of the syntax.
  if (parts.join('') !== text.replaceAll(/\s/g, '')) throw new Refusal(errors.badFieldSyntax(text));
  let position = 0;

  const readList = (): Field[] => {
    const list: Field[] = [];
    for (;;) {
      const name = parts[position] ?? '';
      if (!/^\w+$/.test(name)) throw new Refusal(errors.badFieldSyntax(text));
      position += 1;
      let fields: Field[] | null = null;
      if (parts[position] === '{') {
        position += 1;
        fields = readList();
        if (parts[position] !== '}') throw new Refusal(errors.badFieldSyntax(text));
        position += 1;
      }
      list.push({ name, fields });
      if (parts[position] !== ',') return list;
      position += 1;
    }
  };

  const fields = readList();
  if (position < parts.length) throw new Refusal(errors.badFieldSyntax(text));
  return fields;
}

/** A thing on the Graph: what its fields hold. An undefined value is a field that is absent from answers. */
export interface GraphNode {
  readonly type: string;
  readonly values: Readonly<Record<string, () => unknown>>;
  /** What comes without being asked for. */
  readonly defaults: readonly string[];
}

/**
 * The fields that were asked for, and `id`, which always comes.
 *
 * @throws {Refusal} 100 for a field that this type of node does not have
 */
export function readNode(node: GraphNode, asked: readonly Field[] | null): JsonObject {
  const fields = asked ?? node.defaults.map((name): Field => ({ name, fields: null }));
  const result: JsonObject = {};
  for (const { name, fields: inner } of fields) {
    const value = Object.hasOwn(node.values, name) ? node.values[name] : undefined;
    if (value === undefined) throw new Refusal(errors.unknownField(name, node.type));
    const found = value();
    if (found !== undefined) result[name] = isNode(found) ? readNode(found, inner) : found;
  }
  result['id'] ??= node.values['id']?.();
  return result;
}

function isNode(value: unknown): value is GraphNode {
  return typeof value === 'object' && value !== null && 'values' in value && 'defaults' in value;
}
