/** The languages in which the server says why something did not work. */
export const LANGUAGES = {
  en: 'English',
  de: 'Deutsch',
  es: 'Español',
  fr: 'Français',
  hi: 'हिन्दी',
  pt: 'Português',
} as const;

export type Language = keyof typeof LANGUAGES;

const STORED_AS = 'language';

export function isLanguage(text: string): text is Language {
  return Object.hasOwn(LANGUAGES, text);
}

let chosen: Language = found();

function found(): Language {
  const wishes = [localStorage.getItem(STORED_AS) ?? '', ...navigator.languages];
  return wishes.map((each) => each.slice(0, 2).toLowerCase()).find(isLanguage) ?? 'en';
}

export function language(): Language {
  return chosen;
}

export function choose(wanted: Language): void {
  chosen = wanted;
  localStorage.setItem(STORED_AS, wanted);
}
