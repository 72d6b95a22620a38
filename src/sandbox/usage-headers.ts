import type { Usage } from './platform.js';

/** @see Meta: "Rate Limits", headers */
export function usageHeaders({ app, business }: Usage): Readonly<Record<string, string>> {
  const counts = (percent: number) => ({ call_count: percent, total_time: 25, total_cputime: 25 });
  return {
    ...(app === undefined ? {} : { 'x-app-usage': JSON.stringify(counts(app)) }),
    ...(business === undefined
      ? {}
      : {
          'x-business-use-case-usage': JSON.stringify({
            [business.id]: [
              {
                type: 'instagram',
                ...counts(business.percent),
                estimated_time_to_regain_access: business.regainMinutes ?? 0,
              },
            ],
          }),
        }),
  };
}
