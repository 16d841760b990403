import { html, type TemplateResult } from 'lit-html';

import type { TaskPartsFragment } from '../gql/graphql';

/** What is to be done. Content of a kind that is newer than this page has no words here. */
export function task({ content }: Pick<TaskPartsFragment, 'content'>): TemplateResult {
  switch (content.__typename) {
    case 'TextContent':
      return html`<span>${content.text}</span>`;
    case 'LinkContent':
      return html`<span>${content.text}</span>
        <a href=${safe(content.url)} target="_blank" rel="noreferrer noopener">${content.url}</a>`;
    default:
      return html`<em>This page is too old to show this task: reload it.</em>`;
  }
}

/** Employers write it: never a script. */
function safe(url: string): string {
  return /^https?:/i.test(url) ? url : '#';
}
