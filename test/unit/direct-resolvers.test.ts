import 'reflect-metadata';
import { graphql } from 'graphql';
import { Arg, Ctx, Int, Query, Resolver, UseMiddleware, buildSchemaSync } from 'type-graphql';
import { expect, test } from 'vitest';
import { callDirectly } from '../../src/graphql/direct-resolvers.js';

@Resolver()
class PlainResolver {
  constructor(private readonly greeting: string) {}

  @Query(() => String)
  plain(
    @Ctx() context: { name: string },
    @Arg('times', () => Int, { defaultValue: 2 }) times: number,
    @Arg('end', () => String, { nullable: true }) end: string | null,
  ): string {
    return `${this.greeting} ${context.name}`.repeat(times) + (end ?? '');
  }
}

@Resolver()
class MiddlewareResolver {
  @Query(() => String)
  @UseMiddleware(({ args }, next) => (args['no'] === true ? Promise.resolve('no') : next()))
  withMiddleware(): string {
    return '';
  }
}

@Resolver()
class PropertyResolver {
  @Query(() => String)
  property(@Ctx('name') name: string): string {
    return name;
  }
}

@Resolver()
class ValidatingResolver {
  @Query(() => String)
  validating(@Arg('text', () => String, { validateFn: () => undefined }) text: string): string {
    return text;
  }
}

function schemaOf(resolver: new (...given: never[]) => object, instance: object) {
  const schema = buildSchemaSync({ resolvers: [resolver], validate: false });
  callDirectly(schema, new Map([[resolver, instance]]));
  return schema;
}

test('A method is called on its resolver, with what stands at its parameters.', async () => {
  const schema = schemaOf(PlainResolver, new PlainResolver('Hello'));
  const answer = (source: string) => graphql({ schema, source, contextValue: { name: 'Ada' } });
  expect((await answer('{ plain }')).data).toEqual({ plain: 'Hello AdaHello Ada' });
  expect((await answer('{ plain(end: "!", times: 1) }')).data).toEqual({ plain: 'Hello Ada!' });
});

test.for([
  ['middleware', MiddlewareResolver],
  ['a property of the context', PropertyResolver],
  ['a validation of its own', ValidatingResolver],
] as const)('A method with %s is not taken for a plain one.', ([, resolver]) => {
  expect(() => schemaOf(resolver, new resolver())).toThrow(TypeError);
});
