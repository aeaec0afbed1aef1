// A carrier speaking SMPP 3.4 (npm smpp), with a desk over HTTP for tests and benchmarks.
//
//   node carrier.mjs SMPP_PORT HTTP_PORT
//
// GET      {count, twice: [phone…], messages: [{to, text}], sessions}; no more than the first 1,000 messages
// PUT      {refuse: [phone…], undelivered: [phone…], silent: true}: what goes wrong from now on
// POST     {from, to, text}: somebody writes to our number
// DELETE   forgets what came
import http from 'node:http';
import { createRequire } from 'node:module';

const require = createRequire(new URL('../', import.meta.url));
const smpp = require('smpp');
const [smppPort, httpPort] = process.argv.slice(2).map(Number);

const KEPT = 1000;
let number = 0;
let faults = {};
const parts = new Map();
const times = new Map();
const kept = [];
const sessions = new Set();

const stamp = () => new Date().toISOString().replace(/[-:T]/g, '').slice(2, 12);
const fails = (name, phone) => (faults[name] ?? []).includes(phone);

smpp.createServer({}, (session) => {
  session.on('error', () => sessions.delete(session));
  session.on('close', () => sessions.delete(session));
  for (const bind of ['bind_transceiver', 'bind_receiver', 'bind_transmitter']) {
    session.on(bind, (pdu) => {
      const known = pdu.system_id === 'gov' && pdu.password === 'govpw';
      session.send(pdu.response(known ? {} : { command_status: smpp.ESME_RBINDFAIL }));
      if (known) sessions.add(session);
    });
  }
  session.on('unbind', (pdu) => { session.send(pdu.response()); session.close(); });
  session.on('enquire_link', (pdu) => session.send(pdu.response()));
  session.on('submit_sm', (pdu) => submit(session, pdu));
}).listen(smppPort, '127.0.0.1');

function submit(session, pdu) {
  const phone = pdu.destination_addr;
  if (fails('refuse', phone)) {
    session.send(pdu.response({ command_status: smpp.ESME_RINVDSTADR }));
    return;
  }
  const id = `C${String(++number).padStart(9, '0')}`;
  session.send(pdu.response({ message_id: id }));
  const text = whole(phone, pdu);
  if (text !== undefined) {
    times.set(phone, (times.get(phone) ?? 0) + 1);
    if (kept.length < KEPT) kept.push({ to: phone, text });
  }
  if (pdu.registered_delivery & 1 && !faults.silent) setTimeout(() => report(session, pdu, id), 20);
}

// Parts of a long message are put together again; undefined until the last one is there.
function whole(phone, pdu) {
  const { message, udh } = pdu.short_message;
  const text = Buffer.isBuffer(message) ? message.toString('utf16le') : message;
  if (!udh) return text;
  const header = Array.isArray(udh) ? udh[0] : udh;
  const [reference, total, at] = [...header.slice(-3)];
  const key = `${phone} ${reference}`;
  const found = parts.get(key) ?? [];
  found[at - 1] = text;
  parts.set(key, found);
  if (found.filter((part) => part !== undefined).length < total) return undefined;
  parts.delete(key);
  return found.join('');
}

function report(session, pdu, id) {
  const arrived = !fails('undelivered', pdu.destination_addr);
  const stat = arrived ? 'DELIVRD' : 'UNDELIV';
  const at = stamp();
  session.deliver_sm({
    source_addr: pdu.destination_addr,
    destination_addr: pdu.source_addr,
    esm_class: 0x04,
    receipted_message_id: id,
    message_state: arrived ? 2 : 5,
    short_message: `id:${id} sub:001 dlvrd:001 submit date:${at} done date:${at} stat:${stat} err:000 text:`,
  });
}

function answer({ from, to, text }) {
  const [session] = sessions;
  session.deliver_sm({ source_addr: from, destination_addr: to, data_coding: 8, short_message: text });
}

http.createServer((request, response) => {
  const say = (value) => response.end(JSON.stringify(value));
  let body = '';
  request.on('data', (chunk) => { body += chunk; });
  request.on('end', () => {
    if (request.method === 'GET') {
      const twice = [...times].filter(([, n]) => n > 1).map(([phone]) => phone);
      say({ count: times.size, twice, messages: kept, sessions: sessions.size });
    } else if (request.method === 'PUT') {
      faults = JSON.parse(body);
      say({ ok: true });
    } else if (request.method === 'DELETE') {
      times.clear();
      kept.length = 0;
      say({ ok: true });
    } else {
      answer(JSON.parse(body));
      say({ ok: true });
    }
  });
}).listen(httpPort, '127.0.0.1');
