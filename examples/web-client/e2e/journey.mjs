// A worker's way through the page, in a headless Chromium: used by tests/examples/test_web_client.py.
//
// What happens outside of the browser is asked for by a line on standard output, such as
// `approve`, and has happened when a line comes back on standard input.
import assert from 'node:assert/strict';
import { createInterface } from 'node:readline';

import { chromium } from 'playwright-core';

const { page: pageUrl, otherSite, api, executable, profile, email, password, pictures } = JSON.parse(
  process.env.JOURNEY,
);
const SIGNED_IN = 'Open campaigns';
const PHONE = { width: 360, height: 740 };
const DESK = { width: 1100, height: 800 };

const said = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

async function please(wish) {
  console.log(wish);
  assert.equal((await said.next()).value, 'done');
}

const context = await chromium.launchPersistentContext(profile, {
  executablePath: executable,
  args: [
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
  locale: 'de-DE',
  viewport: DESK,
});
context.setDefaultTimeout(30_000);
const page = context.pages()[0] ?? (await context.newPage());
const mistakes = [];
page.on('pageerror', (error) => mistakes.push(String(error)));
const bodies = [];
const bodyOf = (request) => ({ variables: {}, ...request.postDataJSON() });
page.on('request', (request) => {
  if (request.url() === api && request.method() === 'POST') bodies.push(bodyOf(request));
});

const title = (text) => page.getByRole('heading', { level: 1, name: text }).waitFor();
const card = (state) => page.locator(`[data-test=assignment][data-state=${state}]`);
const live = (state) => page.locator(`.live[data-state=${state}]`).waitFor();
const earned = async () => (await page.locator('[data-test=earned-USD]').textContent()).trim();
const micros = (text) => Math.round(Number(text.replace(',', '.').replace(/[^\d.]/g, '')) * 1e6);

let pictureCount = 0;
async function look(name) {
  for (const [kind, viewport] of Object.entries({ desk: DESK, phone: PHONE })) {
    await page.setViewportSize(viewport);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(wide <= 0, `${name} is ${wide} pixels too wide for a ${kind}`);
    const unnamed = await page.evaluate(() =>
      [...document.querySelectorAll('input, select, textarea')].filter((each) => !each.labels.length)
        .length,
    );
    assert.equal(unnamed, 0, `${name} has fields without labels`);
    if (pictures) {
      const path = `${pictures}/${String(++pictureCount).padStart(2, '0')}-${name}-${kind}.png`;
      await page.screenshot({ path, fullPage: true });
    }
  }
  await page.setViewportSize(DESK);
}

async function signIn(withPassword) {
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(withPassword);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

async function claimAndHandIn(answers) {
  await page.getByRole('button', { name: 'Claim the next task' }).click();
  const claimed = card('CLAIMED');
  await claimed.waitFor();
  for (const [index, answer] of answers.entries()) {
    if (index) await claimed.getByRole('button', { name: 'Add an answer' }).click();
    await claimed.getByRole('textbox').nth(index).fill(answer);
  }
  await look('claimed');
  await claimed.getByRole('button', { name: 'Hand in' }).click();
  await card('SUBMITTED').waitFor();
}

async function paid(before) {
  await page.waitForFunction(
    (text) => document.querySelector('[data-test=earned-USD]').textContent.trim() !== text,
    before,
  );
  assert.equal(micros(await earned()) - micros(before), 50_000);
}

const isStream = ({ variables }) => Object.keys(variables).join() === 'after';

/** It went on from the last event, instead of loading everything anew. */
function resumed() {
  assert.equal(typeof bodies.findLast(isStream).variables.after, 'string');
}

/** Answers the next requests of this kind in the server's place. */
async function answerInstead(isMeant, answers) {
  const waiting = [...answers];
  await page.route(api, (route) => {
    const isNext = waiting.length && isMeant(bodyOf(route.request()));
    if (!isNext) return route.fallback();
    const { headers, ...answer } = waiting.shift();
    const shared = {
      'Access-Control-Allow-Origin': new URL(otherSite).origin,
      'Access-Control-Allow-Credentials': 'true',
    };
    return route.fulfill({ ...answer, headers: { ...shared, ...headers } });
  });
}

/** A stream of one event, if it has a cursor, that ends with this code. */
function stream(code, cursor) {
  const event = { __typename: 'CampaignEvent', id: 'e', kind: 'CAMPAIGN_PAUSED', viewer: null, cursor };
  const results = cursor ? [{ data: { viewerChanged: event } }] : [];
  results.push({ data: null, errors: [{ message: code, extensions: { code } }] });
  const body = results.map((each) => `event: next\ndata: ${JSON.stringify(each)}\n\n`).join('');
  return { headers: { 'Content-Type': 'text/event-stream' }, body };
}

async function refusedInGerman() {
  await page.goto(pageUrl);
  await title('Sign in');
  await signIn('not the password');
  const alert = page.getByRole('alert');
  await alert.waitFor();
  assert.match(await alert.textContent(), /Passwort/);
  assert.equal(await alert.getAttribute('lang'), 'de');
  await look('refused');
}

async function signedInByCookie() {
  await signIn(password);
  await title(SIGNED_IN);
  await live('live');
  const [cookie, ...others] = await context.cookies(api);
  assert.deepEqual(others, []);
  assert.ok(cookie.httpOnly && cookie.secure);
  assert.equal(await page.evaluate(() => document.cookie), '');
  await page.reload();
  await title(SIGNED_IN);
}

async function foundACampaign() {
  await look('campaigns');
  await page.getByLabel('Kind of work').selectOption('LABELING');
  await page.getByRole('status').getByText('1 found').waitFor();
  await page.getByRole('link', { name: 'Does this picture show a cat?' }).click();
  await title('Does this picture show a cat?');
  await page.getByRole('heading', { name: 'Instructions' }).waitFor();
}

async function paidWhileTheLineWasCut() {
  await page.evaluate(() => (window.isTheSamePage = true));
  await live('live');
  const before = await earned();
  await claimAndHandIn(['yes']);
  await please('cut');
  await live('waiting');
  await please('approve');
  await please('join');
  await card('APPROVED').waitFor();
  await paid(before);
  await live('live');
  resumed();
}

/** The first answer gets lost on its way: the page asks again with the same key. */
async function handedInOnce() {
  const before = await earned();
  await page.evaluate(() => {
    const real = window.fetch;
    window.fetch = async (input, init) => {
      const response = await real(input, init);
      if (!JSON.parse(init.body).variables.input?.items) return response;
      window.fetch = real;
      throw new TypeError('the answer is lost');
    };
  });
  const since = bodies.length;
  const second = page.waitForResponse(async (response) => {
    if (response.url() !== api) return false;
    const text = await response.text().catch(() => '');
    return text.includes('"replayed":true');
  });
  await claimAndHandIn(['yes', 'and no']);
  await second;
  const tries = bodies.slice(since).filter(({ variables }) => variables.input?.items);
  assert.equal(tries.length, 2);
  assert.deepEqual(tries[0], tries[1]);
  return before;
}

async function paidAcrossARestart(before) {
  await live('live');
  await please('restart');
  await please('approve');
  await paid(before);
  await page.waitForFunction(
    () => document.querySelectorAll('[data-state=APPROVED]').length === 2,
  );
  assert.equal(await page.evaluate(() => window.isTheSamePage), true);
  await live('live');
  resumed();
  await look('approved');
}

async function sawMyWork() {
  await page.getByRole('link', { name: 'My work' }).click();
  await title('My work');
  await page.waitForFunction(
    () => document.querySelectorAll('[data-test=assignment][data-state=APPROVED]').length === 3,
  );
  await look('work');
}

async function signedOut() {
  await page.getByRole('button', { name: 'Sign out' }).click();
  await title('Sign in');
  assert.deepEqual(await context.cookies(api), []);
  await page.reload();
  await title('Sign in');
}

/** The browser keeps no cookie of another site, so the page takes a token. */
async function signedInByToken() {
  await page.goto(otherSite);
  await title('Sign in');
  await signIn(password);
  await title(SIGNED_IN);
  await live('live');
  assert.deepEqual(await context.cookies(api), []);
  const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
  assert.equal(kept, '[{},{}]');
}

/** Streams end for many reasons; only one of them ends the session. */
async function wentOnAfter() {
  const since = bodies.length;
  await answerInstead(isStream, [
    stream('RECONNECT', 'one'),
    stream('EVENTS_EXPIRED', 'two'),
    stream('TOKEN_ENDED'),
    stream('UNAUTHENTICATED'),
  ]);
  await please('cut');
  await please('join');
  await page.getByRole('alert').getByText('Your session has ended.').waitFor();
  await title('Sign in');
  const tries = bodies.slice(since).filter(isStream);
  assert.deepEqual(tries.map(({ variables }) => variables.after).slice(-3), ['one', null, null]);
}

/** After `THROTTLED` the page waits as long as it was told, and nobody notices. */
async function wasPatient() {
  const isSignIn = ({ variables }) => variables.input?.password;
  const body = JSON.stringify({
    errors: [{ message: 'Later.', extensions: { code: 'THROTTLED', retryAfterSeconds: 1 } }],
  });
  const headers = { 'Content-Type': 'application/graphql-response+json' };
  const since = bodies.length;
  await answerInstead(isSignIn, [{ status: 429, headers, body }]);
  await signIn(password);
  await title(SIGNED_IN);
  assert.equal(bodies.slice(since).filter(isSignIn).length, 3); // refused, by cookie, by token
}

try {
  await refusedInGerman();
  await signedInByCookie();
  await foundACampaign();
  await paidWhileTheLineWasCut();
  await paidAcrossARestart(await handedInOnce());
  await sawMyWork();
  await signedOut();
  await signedInByToken();
  await wentOnAfter();
  await wasPatient();
  const texts = bodies.filter((each) => 'query' in each);
  assert.equal(texts.length, 0, 'everything is asked for by id');
  assert.deepEqual(mistakes, []);
} catch (error) {
  if (pictures) await page.screenshot({ path: `${pictures}/failed.png`, fullPage: true });
  console.error(await page.locator('body').innerText().catch(() => ''));
  throw error;
} finally {
  await context.close();
}
process.exit(0); // standard input is still open
