// Lock files by npm's own resolver, and its judgement of those that rung
// wrote. No network but loopback, no npm process. Exit 77: there is no npm.
//   node npm_worlds.js make FOLDER COUNT    FOLDER/wN/{good,bad}/package*.json
//   node npm_worlds.js judge FOLDER         each FOLDER/wN/mN: as npm ci does
'use strict';
const fs = require('fs'), http = require('http'), path = require('path');

function arboristClass() {
  const bin = (process.env.PATH || '').split(':').map(d => path.join(d, 'npm')).find(f => fs.existsSync(f));
  const from = bin ? path.dirname(fs.realpathSync(bin)) : '/';
  for (const name of ['@npmcli/arborist', '/usr/share/nodejs/@npmcli/arborist']) {
    try { return require(require.resolve(name, {paths: [from]})); } catch (e) { /* the next */ }
  }
  console.log('npm is not there: no @npmcli/arborist near ' + from);
  process.exit(77);
}

function random(seed) {  // mulberry32
  return n => {
    seed = (seed + 0x6D2B79F5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (((t ^ (t >>> 14)) >>> 0) % n);
  };
}

// Packages p0..p13; each needs only such with a higher number, so that the
// resolver ends. `late` versions are those of the bad lock file.
function world(seed) {
  const pick = random(seed), packages = {};
  const count = 8 + pick(7);
  const name = i => (i % 5 === 4 ? '@s/p' + i : 'p' + i);
  const range = v => ['^' + v, '~' + v, v, '>=' + v, '^' + v.split('.')[0], v.split('.')[0] + '.x', '*'][pick(7)];
  for (let i = count - 1; i >= 0; --i) {
    const versions = {}, all = [];
    const majors = 1 + pick(3);
    for (let major = 1; major <= majors; ++major) {
      for (let minor = 0; minor <= 1 + pick(2); ++minor) all.push(major + '.' + minor + '.' + pick(3));
    }
    all.forEach((version, at) => {
      const one = {name: name(i), version, late: at > 0 && (at === all.length - 1 || pick(3) === 0)};
      for (let d = 0, n = pick(4); d < n && i + 1 < count; ++d) {
        const to = i + 1 + pick(count - i - 1), known = Object.values(packages[name(to)].versions).filter(v => one.late || !v.late).map(v => v.version);
        const v = known[pick(known.length)];
        const kind = pick(14);
        if ((one.dependencies || {})[name(to)] || (one.peerDependencies || {})[name(to)] || (one.optionalDependencies || {})[name(to)]) continue;
        if (kind === 0) (one.optionalDependencies ||= {})[name(to)] = range(v);
        else if (kind === 1) (one.dependencies ||= {})['old-' + to] = 'npm:' + name(to) + '@' + range(v);
        else if (kind === 2) { (one.peerDependencies ||= {})[name(to)] = '*'; }
        else if (kind === 3) { (one.peerDependencies ||= {})[name(to)] = range(v); (one.peerDependenciesMeta ||= {})[name(to)] = {optional: true}; }
        else (one.dependencies ||= {})[name(to)] = range(v);
      }
      if (pick(9) === 0) one.bin = {[one.name.replace(/\W/g, '')]: 'cli.js'};
      versions[version] = one;
    });
    packages[name(i)] = {name: name(i), versions};
  }
  const manifest = {name: 'app', version: '1.0.0', private: true};
  const sections = ['dependencies', 'dependencies', 'devDependencies', 'optionalDependencies'];
  for (let d = 0, n = 2 + pick(4); d < n; ++d) {
    const to = name(pick(Math.min(count, 6)));
    const known = Object.values(packages[to].versions).filter(v => !v.late);
    if (!known.length) continue;
    const section = sections[pick(4)];
    if (sections.some(s => (manifest[s] || {})[to])) continue;
    (manifest[section] ||= {})[to] = range(known[pick(known.length)].version);
  }
  const bad = JSON.parse(JSON.stringify(manifest));
  for (const section of ['dependencies', 'devDependencies']) {
    for (const to of Object.keys(bad[section] || {})) {
      if (pick(3)) continue;
      const known = Object.keys(packages[to].versions);
      bad[section][to] = '^' + known[known.length - 1];
    }
  }
  // An override of something deeper: kept, dropped, changed or new.
  const direct = s => sections.some(k => (manifest[k] || {})[s]);
  const deep = Object.keys(packages).filter(p => !direct(p));
  const overridden = deep[pick(deep.length + 1)], by = Object.keys(packages)[pick(count)];
  if (overridden) {
    const known = Object.values(packages[overridden].versions).filter(v => !v.late);
    const override = () => {
      const v = known[pick(known.length)].version;
      return [{[overridden]: v}, {[overridden]: range(v)}, {[by]: {[overridden]: v}}, {[overridden + '@' + v.split('.')[0]]: v}][pick(4)];
    };
    if (known.length && pick(4)) manifest.overrides = override();
    if (manifest.overrides && pick(3) === 0) bad.overrides = manifest.overrides;
    else if (known.length && pick(2)) bad.overrides = override();
  }
  return {packages, good: manifest, bad};
}

function registry() {
  const state = {packages: {}, late: false, asked: 0};
  const server = http.createServer((q, r) => {
    ++state.asked;
    const one = state.packages[decodeURIComponent(q.url.slice(1).split('?')[0])];
    const versions = {};
    for (const [v, m] of Object.entries(one ? one.versions : {})) {
      if (m.late && !state.late) continue;
      const {late, ...rest} = m;
      versions[v] = {...rest, dist: {tarball: `http://localhost/${m.name}/-/${v}.tgz`, integrity: 'sha512-' + Buffer.from((m.name + v).padEnd(64, '.').slice(0, 64)).toString('base64')}};
    }
    const all = Object.keys(versions);
    r.writeHead(all.length ? 200 : 404, {'content-type': 'application/json'});
    r.end(JSON.stringify(all.length ? {name: one.name, versions, 'dist-tags': {latest: all[all.length - 1]}} : {error: 'Not found'}));
  });
  return new Promise(done => server.listen(0, '127.0.0.1', () => done({state, server, url: `http://127.0.0.1:${server.address().port}/`})));
}

const quiet = {audit: false, fetchRetries: 0, fetchRetryMaxtimeout: 1, fetchRetryMintimeout: 1};

async function make(folder, count) {
  const Arborist = arboristClass();
  const {state, server, url} = await registry();
  let made = 0;
  for (let seed = 1; made < count && seed < 20 * count; ++seed) {
    const one = world(seed), at = path.join(folder, 'w' + made), locks = {};
    try {
      for (const side of ['good', 'bad']) {
        state.packages = one.packages;
        state.late = side === 'bad';
        const into = path.join(at, side);
        fs.mkdirSync(into, {recursive: true});
        fs.writeFileSync(path.join(into, 'package.json'), JSON.stringify(one[side], null, 2));
        const tree = new Arborist({...quiet, path: into, registry: url, packageLockOnly: true, cache: path.join(folder, 'cache-' + seed + side)});
        await tree.buildIdealTree();
        locks[side] = tree.idealTree.meta.toString();
        fs.writeFileSync(path.join(into, 'package-lock.json'), locks[side]);
      }
    } catch (e) {  // peers that cannot be: another world
      if (!/ERESOLVE|ETARGET|E404/.test(e.code + '')) throw e;
      locks.good = locks.bad;
    }
    state.packages = {};
    let fine = locks.good !== locks.bad;
    for (const side of ['good', 'bad']) fine = fine && !(await complaints(Arborist, path.join(at, side), {state, url})).length;
    if (fine) ++made;
    else fs.rmSync(at, {recursive: true, force: true});
  }
  server.close();
  console.log('made ' + made);
}

// What npm ci finds: the tree that it wants, and the one that is written.
async function complaints(Arborist, at, {state, url}) {
  const asked = state.asked, said = [];
  const options = {...quiet, path: at, registry: url, cache: path.join(at, 'cache')};
  const lock = JSON.parse(fs.readFileSync(path.join(at, 'package-lock.json'), 'utf8'));
  try {
    const virtual = await new Arborist(options).loadVirtual();
    const arborist = new Arborist(options);
    await arborist.buildIdealTree();
    const ideal = arborist.idealTree;
    const places = tree => [...tree.inventory.values()].filter(n => !n.isRoot).map(n => n.location + ' ' + n.packageName + '@' + n.version).sort();
    const a = places(virtual), b = places(ideal);
    for (const x of b) if (!a.includes(x)) said.push('missing ' + x);
    for (const x of a) if (!b.includes(x)) said.push('extraneous ' + x);
    for (const n of ideal.inventory.values()) {
      for (const e of n.edgesOut.values()) {
        if (e.error && !(e.error === 'MISSING' && /optional/i.test(e.type))) said.push(`${e.error} ${n.location} -> ${e.name}@${e.spec}`);
      }
      const npms = ideal.meta.commit().packages[n.location] || {}, ours = lock.packages[n.location] || {};
      for (const f of ['dev', 'optional', 'devOptional', 'peer']) {
        if (!n.isRoot && !!ours[f] !== !!npms[f]) said.push(`${n.location}: ${f} is ${!!ours[f]}, for npm ${!!npms[f]}`);
      }
    }
  } catch (e) {
    said.push(e.code + ': ' + e.message.split('\n')[0]);
  }
  if (state.asked !== asked) said.push('npm asks the registry');
  return said;
}

async function judge(folder) {
  const Arborist = arboristClass();
  const {state, server, url} = await registry();  // knows no package
  let fine = 0, wrong = 0;
  for (const w of fs.readdirSync(folder).filter(n => /^w\d+$/.test(n))) {
    for (const m of fs.readdirSync(path.join(folder, w)).filter(n => /^m\d+$/.test(n))) {
      const said = await complaints(Arborist, path.join(folder, w, m), {state, url});
      if (!said.length) { ++fine; continue; }
      ++wrong;
      console.log(`${w}/${m}: ` + said.slice(0, 4).join('; '));
    }
  }
  server.close();
  console.log(`fine ${fine}, wrong ${wrong}`);
  process.exitCode = wrong ? 1 : 0;
}

const [what, folder, count] = process.argv.slice(2);
(what === 'make' ? make(folder, Number(count)) : judge(folder)).catch(e => { console.error(e); process.exit(2); });
