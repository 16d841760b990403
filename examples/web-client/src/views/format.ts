import { language } from '../api/language';
import type { MoneyPartsFragment } from '../gql/graphql';

/** Intl takes the text of the amount: it never becomes a float. */
export function money({ amount, currency }: MoneyPartsFragment): string {
  const style = { style: 'currency', currency, maximumFractionDigits: 6 } as const;
  return new Intl.NumberFormat(language(), style).format(amount as Intl.StringNumericLiteral);
}

export function instant(text: string): string {
  const style = { dateStyle: 'medium', timeStyle: 'short' } as const;
  return new Intl.DateTimeFormat(language(), style).format(new Date(text));
}

/** `WEBSITE_TESTING` as people read it; works for values that are newer than this page. */
export function words(value: string): string {
  const text = value.toLowerCase().replaceAll('_', ' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}
