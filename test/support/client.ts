import { ClientError, GraphQLClient } from 'graphql-request';
import type { TypedDocumentString } from '../../src/generated/graphql.js';

/** What an error of the API says beyond its message. */
export interface ErrorExtensions {
  readonly code: string;
  readonly step?: string;
  readonly retryable?: boolean;
  readonly userAction?: string;
  readonly retryAfterSeconds?: number;
  readonly reason?: string;
  readonly id?: string;
  readonly meta?: {
    code: number | null;
    subcode: number | null;
    type: string | null;
    fbtraceId: string | null;
  };
  readonly steps?: ReadonlyArray<{
    step: string;
    outcome: string;
    problem: { code: string } | null;
    hint: string | null;
    detail?: string | null;
  }>;
}

export interface ApiFailure {
  readonly status: number;
  readonly message: string;
  readonly extensions: ErrorExtensions;
}

/** Sends the committed operations, typed, as a client of the API does. */
export class Client {
  readonly #url: () => string;
  readonly #headers: Record<string, string>;

  constructor(url: () => string, key?: string) {
    this.#url = url;
    this.#headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
  }

  /** @throws ClientError when the answer holds errors; its text has the operation and the answer */
  send<Data, Variables extends object>(
    document: TypedDocumentString<Data, Variables>,
    variables: Variables,
  ): Promise<Data> {
    return this.raw<Data>(document.toString(), variables);
  }

  raw<Data>(query: string, variables: object = {}): Promise<Data> {
    return new GraphQLClient(`${this.#url()}/graphql`, { headers: this.#headers }).request<Data>(
      query,
      variables,
    );
  }

  /** Sends an operation that has to fail, and gives its first error. */
  async fail<Data, Variables extends object>(
    document: TypedDocumentString<Data, Variables>,
    variables: Variables,
  ): Promise<ApiFailure> {
    return this.failRaw(document.toString(), variables);
  }

  async failRaw(query: string, variables: object = {}): Promise<ApiFailure> {
    let data: unknown;
    try {
      data = await this.raw(query, variables);
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      const [first] = error.response.errors ?? [];
      if (first === undefined) throw error;
      return {
        status: error.response.status,
        message: first.message,
        extensions: first.extensions as unknown as ErrorExtensions,
      };
    }
    throw new Error(`Expected an error, got ${JSON.stringify(data)}`);
  }
}
