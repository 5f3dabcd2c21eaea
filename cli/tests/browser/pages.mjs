// Opens the pages of a scan in Chromium and uses them as a person does.
//
//   node pages.mjs CHROMIUM FOLDER
//
// FOLDER holds, made by the scan example: `embedded/` with one call's page with its recording inside, `plain/` with the
// same call and others, `chinese/` with the page of the call in Chinese, and the recording itself, `call.wav`. With
// SHOTS=FOLDER in the environment, pictures of the pages are left there.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const [executablePath, folder] = process.argv.slice(2);
const shots = process.env.SHOTS;
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const browser = await chromium.launch({
  executablePath,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', '--autoplay-policy=no-user-gesture-required'],
});

const callPage = (place) => {
  const names = readdirSync(join(folder, place)).filter((name) => name.startsWith('call-'));
  assert.equal(names.length, 1, `${place}: ${names}`);
  return join(folder, place, names[0]);
};

/** A page that must load without complaint and without asking for anything outside itself. */
async function open(file, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  // Where the player was sent: it plays on, and on a busy machine it is seconds later when a test asks.
  await page.addInitScript(() => {
    document.addEventListener('seeking', (event) => { window.soughtTo ??= event.target.currentTime; }, true);
  });
  page.complaints = [];
  page.on('console', (m) => { if (['error', 'warning'].includes(m.type())) page.complaints.push(m.text()); });
  page.on('pageerror', (error) => page.complaints.push(String(error)));
  page.on('request', (request) => {
    if (!/^(file|data|blob):/.test(request.url())) page.complaints.push(`asks for ${request.url()}`);
  });
  await page.goto(pathToFileURL(file).href);
  return page;
}

async function close(page) {
  assert.deepEqual(page.complaints, []);
  await page.context().close();
}

async function sought(page) {
  const found = await (await page.waitForFunction(() => window.soughtTo)).jsonValue();
  await page.evaluate(() => { window.soughtTo = undefined; });
  return found;
}

const near = (found, wanted, what) => assert.ok(found >= wanted - 0.1 && found < wanted + 2, `${what}: ${found}, not ${wanted}`);

async function segmentsSeekThePlayer() {
  const page = await open(callPage('embedded'));
  await page.waitForFunction(() => document.querySelector('audio').readyState >= 1);
  const buttons = page.locator('.play');
  assert.ok(await buttons.count() >= 1);
  const last = buttons.last();
  const start = Number(await last.getAttribute('data-start'));
  assert.ok(start > 1, 'the stretch begins later than the recording');
  await last.click();
  near(await sought(page), start, 'click');
  await page.waitForFunction(() => /\d:\d\d/.test(document.querySelector('[role=status]').textContent));

  // The picture: three quarters of its width are three quarters of the recording.
  const plot = page.locator('.plot').first();
  const box = await plot.boundingBox();
  await plot.click({ position: { x: box.width * 0.75, y: 60 } });
  const duration = await page.$eval('audio', (audio) => audio.duration);
  near(await sought(page), 0.75 * duration, 'picture');
  await page.waitForFunction(() => parseFloat(document.querySelector('.cursor').getAttribute('x1')) > 70);

  await close(page);
}

async function segmentsSeekByKeyboardAlone() {
  const page = await open(callPage('embedded'));
  await page.waitForFunction(() => document.querySelector('audio').readyState >= 1);
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.className), 'skip');
  for (let i = 0; i < 40; i += 1) {
    await page.keyboard.press('Tab');
    if (await page.evaluate(() => document.activeElement.matches('.play'))) break;
  }
  const start = Number(await page.evaluate(() => document.activeElement.dataset.start));
  await page.keyboard.press('Enter');
  near(await sought(page), start, 'keyboard');
  await close(page);
}

async function theRecordingIsOpenedFromTheDevice() {
  const page = await open(callPage('plain'));
  const last = page.locator('.play').last();
  const start = Number(await last.getAttribute('data-start'));
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), last.click()]);
  await chooser.setFiles(join(folder, 'call.wav'));
  await page.waitForFunction(() => document.querySelector('audio').readyState >= 1);
  await page.waitForFunction((s) => document.querySelector('audio').currentTime >= s - 0.1, start);
  near(await sought(page), start, 'opened');
  await close(page);
}

async function whatCannotBePlayedIsSaid() {
  const page = await open(callPage('plain'));
  await page.setInputFiles('input[type=file]', join(folder, 'junk.wav'));
  await page.waitForFunction(() => document.querySelector('[role=status]').textContent.includes('ffmpeg'));
  assert.ok(await page.locator('audio').isHidden());
  await close(page);
}

async function theIndexSortsAndFilters() {
  const page = await open(join(folder, 'plain', 'index.html'));
  const rows = () => page.$$eval('tbody tr:not([hidden])', (all) => all.map((row) => row.dataset.verdict));
  const all = await rows();
  assert.deepEqual(new Set(all), new Set(['synthetic', 'inconclusive', 'failed', 'bona-fide']));
  assert.equal(all[0], 'synthetic');

  await page.getByLabel(/Failed/).check({ force: true });
  assert.deepEqual(await rows(), ['failed']);
  // By keyboard: the arrow goes to the next of the radio buttons.
  await page.keyboard.press('ArrowRight');
  assert.deepEqual(new Set(await rows()), new Set(['bona-fide']));
  await page.getByLabel(/^All/).check({ force: true });

  await page.fill('#find', 'HUMAN wav');
  assert.equal((await rows()).length, 1);
  await page.fill('#find', 'no such call');
  assert.equal((await rows()).length, 0);
  assert.match(await page.textContent('#shown'), /No recording fits/);
  await page.fill('#find', '');
  assert.match(await page.textContent('#shown'), new RegExp(`^${all.length} of ${all.length}`));

  const durations = () => page.$$eval('tbody tr', (r) => r.map((row) => Number(row.cells[3].dataset.key)));
  const sorter = page.getByRole('button', { name: 'Duration' });
  await sorter.click();
  assert.deepEqual(await durations(), [...await durations()].sort((a, b) => b - a));
  assert.equal(await page.getAttribute('th:nth-child(4)', 'aria-sort'), 'descending');
  await sorter.click();
  assert.deepEqual(await durations(), [...await durations()].sort((a, b) => a - b));
  assert.equal(await page.getAttribute('th:nth-child(4)', 'aria-sort'), 'ascending');
  const names = () => page.$$eval('tbody tr', (r) => r.map((row) => row.cells[1].dataset.key));
  await page.getByRole('button', { name: 'Recording' }).click();
  assert.deepEqual(await names(), [...await names()].sort());

  await page.getByRole('link', { name: 'call.wav' }).first().click();
  assert.match(await page.textContent('h1'), /Synthetic speech found/);
  await page.getByRole('link', { name: 'All recordings' }).click();
  assert.match(await page.textContent('h1'), /Scanned recordings/);
  await close(page);
}

async function nothingElseRunsInThePage() {
  const page = await open(callPage('plain'));
  await page.evaluate(() => {
    const script = document.createElement('script');
    script.textContent = 'window.intruded = true';
    document.body.append(script);
  });
  assert.equal(await page.evaluate(() => window.intruded), undefined);
  const fetched = await page.evaluate(() => fetch('http://127.0.0.1:9/').then(() => 'sent', () => 'refused'));
  assert.equal(fetched, 'refused');
  assert.ok(page.complaints.every((text) => /Content Security Policy|asks for http:..127/.test(text)), page.complaints.join());
  await page.context().close();
}

async function itReadsWithoutScripts() {
  const page = await open(callPage('plain'), { javaScriptEnabled: false });
  assert.ok(await page.getByRole('heading', { level: 1 }).isVisible());
  assert.ok(await page.locator('.plot').first().isVisible());
  assert.ok(await page.locator('#player').isHidden());
  await close(page);
}

/** Widths, colours and languages: nothing runs over the edge, and axe finds nothing. */
async function itIsForEveryone() {
  const pages = {
    'call-en': callPage('plain'), 'call-audio': callPage('embedded'), 'call-zh': callPage('chinese'),
    'index-en': join(folder, 'plain', 'index.html'), 'index-zh': join(folder, 'chinese', 'index.html'),
  };
  for (const [name, file] of Object.entries(pages)) {
    for (const [size, viewport] of Object.entries({ desktop: { width: 1280, height: 900 }, phone: { width: 360, height: 740 } })) {
      for (const colorScheme of ['light', 'dark']) {
        const what = `${name}-${size}-${colorScheme}`;
        const page = await open(file, { viewport, colorScheme });
        const over = await page.evaluate(() => document.scrollingElement.scrollWidth - innerWidth);
        assert.ok(over <= 0, `${what}: ${over} pixels over the edge`);
        if (shots) await page.screenshot({ path: join(shots, `${what}.png`), fullPage: true });
        // The page's own policy forbids axe's script; it is run as the developer tools would.
        const results = await page.evaluate(`${axe}; axe.run(document, { resultTypes: ['violations'] })`);
        const found = results.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join(' | ')}`);
        assert.deepEqual(found, [], what);
        await close(page);
      }
    }
  }
}

let failed = 0;
for (const test of [segmentsSeekThePlayer, segmentsSeekByKeyboardAlone, theRecordingIsOpenedFromTheDevice, whatCannotBePlayedIsSaid,
  theIndexSortsAndFilters, nothingElseRunsInThePage, itReadsWithoutScripts, itIsForEveryone]) {
  try {
    await test();
    console.log(`ok      ${test.name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED  ${test.name}\n${error.stack}`);
  }
}
await browser.close();
process.exit(failed ? 1 : 0);
