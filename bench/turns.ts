import { Session } from 'node:inspector/promises';
import { PerformanceObserver } from 'node:perf_hooks';

export class Turns {
  #last = performance.now();
  #cpu = process.threadCpuUsage();
  readonly wall: number[] = [];
  readonly cpu: number[] = [];
  readonly long: { at: number; ms: number }[] = [];
  readonly gc = new Map<number, number[]>();
  #on = true;
  #session = new Session();
  #obs = new PerformanceObserver((list) => {
    for (const e of list.getEntries()) {
      const kind = (e as any).detail.kind;
      const l = this.gc.get(kind) ?? [];
      l.push(e.duration);
      this.gc.set(kind, l);
    }
  });
  async start() {
    this.#obs.observe({ entryTypes: ['gc'] });
    this.#session.connect();
    await this.#session.post('Profiler.enable');
    await this.#session.post('Profiler.setSamplingInterval', { interval: 500 });
    await this.#session.post('Profiler.start');
    const tick = () => {
      if (!this.#on) return;
      const now = performance.now();
      const cpu = process.threadCpuUsage();
      const c = (cpu.user + cpu.system - this.#cpu.user - this.#cpu.system) / 1000;
      this.wall.push(now - this.#last);
      this.cpu.push(c);
      if (c > 7) this.long.push({ at: this.#last, ms: now - this.#last });
      this.#last = now;
      this.#cpu = cpu;
      setImmediate(tick);
    };
    setImmediate(tick);
  }
  async stop(what: string) {
    this.#on = false;
    const { profile } = await this.#session.post('Profiler.stop');
    this.#session.disconnect();
    this.#obs.disconnect();
    const q = (l: number[], p: number) => { const s = [...l].sort((a, b) => a - b); return s[Math.floor(s.length * p)]?.toFixed(1); };
    const out: string[] = [`== ${what}: turns ${this.wall.length}`];
    for (const [n, l] of [['wall', this.wall], ['cpu', this.cpu]] as const) out.push(`${n} p50 ${q(l, .5)} p90 ${q(l, .9)} p99 ${q(l, .99)} p99.9 ${q(l, .999)} max ${q(l, .99999)}; share of time in turns>8ms ${(l.filter((x) => x > 8).reduce((a, b) => a + b, 0) / l.reduce((a, b) => a + b, 0)).toFixed(2)}`);
    for (const [k, l] of this.gc) out.push(`gc ${k}: n ${l.length} sum ${l.reduce((a, b) => a + b, 0).toFixed(0)} p50 ${q(l, .5)} p99 ${q(l, .99)} max ${Math.max(...l).toFixed(1)}`);
    // attribute long turns
    const base = performance.timeOrigin; // ms epoch
    const hr = Number(process.hrtime.bigint() / 1000n); // µs monotonic now
    const nowPerf = performance.now();
    const byId = new Map(profile.nodes.map((n) => [n.id, n]));
    const parent = new Map<number, number>();
    for (const n of profile.nodes) for (const c of n.children ?? []) parent.set(c, n.id);
    let t = profile.startTime;
    const times: number[] = [];
    for (const d of profile.timeDeltas ?? []) { t += d; times.push(t); }
    const incl = new Map<string, number>();
    const inclAll = new Map<string, number>();
    const tree = new Map<string, number>();
    const selfAll = new Map<string, number>();
    const windows = this.long.map(({ at, ms }) => [hr - (nowPerf - at) * 1000, hr - (nowPerf - at - ms) * 1000]).sort((a, b) => a[0]! - b[0]!);
    let w = 0;
    profile.samples?.forEach((id, i) => {
      const at = times[i]!;
      while (w < windows.length && windows[w]![1]! < at) w += 1;
      const inside = w < windows.length && windows[w]![0]! <= at;
      const dt = (times[i + 1] ?? at) - at;
      if (inside) { const path: string[] = []; for (let n: number | undefined = id; n !== undefined; n = parent.get(n)) { const f = byId.get(n)!.callFrame; path.unshift(`${f.functionName || '(anon)'}:${f.url.split('/').slice(-1)}:${f.lineNumber + 1}`); } for (let d = 1; d <= Math.min(path.length, 9); d++) { const k = path.slice(1, d).join(' > '); tree.set(k, (tree.get(k) ?? 0) + dt); } }
      const seen = new Set<string>();
      { const f = byId.get(id)!.callFrame; const k = `${f.functionName || '(anon)'} ${f.url.split('/').slice(-2).join('/')}:${f.lineNumber + 1}`; selfAll.set(k, (selfAll.get(k) ?? 0) + dt); }
      for (let n: number | undefined = id; n !== undefined; n = parent.get(n)) {
        const f = byId.get(n)!.callFrame;
        const name = `${f.functionName || '(anon)'} ${f.url.split('/').slice(-2).join('/')}:${f.lineNumber + 1}`;
        if (seen.has(name)) continue;
        seen.add(name);
        inclAll.set(name, (inclAll.get(name) ?? 0) + dt);
        if (inside) incl.set(name, (incl.get(name) ?? 0) + dt);
      }
    });
    const tw = [...this.cpu].sort((a, b) => a - b); const tot = tw.reduce((a, b) => a + b, 0); let acc = 0; const marks = [0.5, 0.9, 0.99]; for (const x of tw) { acc += x; while (marks.length && acc >= tot * marks[0]!) out.push(`time-weighted turn cpu q${marks.shift()} = ${x.toFixed(1)}`); }
    const total = [...tree].find(([k]) => k === '')?.[1] ?? 1; for (const [k, v] of [...tree].sort((a, b) => a[0] < b[0] ? -1 : 1)) if (v > total * 0.015) out.push(`${(v / total * 100).toFixed(1).padStart(6)}% ${'  '.repeat(k.split(' > ').length)}${k.split(' > ').at(-1)}`);
    for (const [label, m] of [['LONG', incl], ['ALL', inclAll], ['SELF', selfAll]] as const) {
      out.push(`-- ${label} inclusive ms`);
      for (const [n, v] of [...m].sort((a, b) => b[1] - a[1]).slice(0, label === 'LONG' ? 30 : 90)) out.push(`${(v / 1000).toFixed(0).padStart(8)} ${n}`);
    }
    (await import('node:fs')).appendFileSync(process.env['TURNS'] ?? '/dev/null', out.join('\n') + '\n');
    void base;
  }
}
