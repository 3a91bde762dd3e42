import { chromium } from 'playwright-core';
import { openHouse } from './house.mjs';
import { setTimeout as sleep } from 'node:timers/promises';
const house = await openHouse();
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--headless','--no-sandbox','--disable-gpu'] });
const songId = await house.readySong();
async function run(kbps, secs) {
  const context = await browser.newContext({ baseURL: house.url });
  const page = await context.newPage();
  await page.addInitScript(`(() => { const P = window.Audio; window.heard=[]; window.Audio=function(...g){const a=new P(...g); window.au=window.au||a; for (const t of ['playing','waiting']) a.addEventListener(t,()=>window.heard.push([t,Math.round(performance.now()),a.currentTime.toFixed(2)])); return a;}})()`);
  const log = []; let t0;
  page.on('requestfinished', async (r) => { if (!t0) return; const t=r.timing(); log.push(`${((performance.now()-t0)/1000).toFixed(2)} ${r.url().split('/').slice(-2).join('/').slice(0,40)} ttfb ${Math.round(t.responseStart)} end ${Math.round(t.responseEnd)} ${(await r.sizes().catch(()=>({}))).responseBodySize ?? ''}`); });
  await page.goto(`/songs/${songId}`); await page.waitForLoadState('networkidle'); await sleep(1500);
  const s = await context.newCDPSession(page); await s.send('Network.enable');
  await s.send('Network.emulateNetworkConditions',{offline:false,latency:100,downloadThroughput:kbps*125,uploadThroughput:kbps*125});
  t0 = performance.now();
  await page.locator('main').getByRole('button',{name:'Play',exact:true}).click();
  const bw=[]; for (let i=0;i<secs/3;i++){ await sleep(3000); bw.push((await page.locator('main').getByText(/The line gives/).innerText().catch(()=>'?')).replace(/\D+/g,'')); }
  console.log(kbps, '\n'+log.join('\n'), '\n', JSON.stringify(await page.evaluate('window.heard')), bw.join(' '));
  await context.close();
}
await Promise.all([run(90, 36), run(160, 36)]);
await browser.close(); await house.close(); process.exit(0);
