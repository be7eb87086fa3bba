// The wizard over the plain form: one step at a time, and the result as it happens. PAGE comes from the build.
// Captive sheets are old WebViews: no optional chaining, no `??`, nothing newer than Safari 13 and Chrome 70.
const byId = id => document.getElementById(id)
const trimmed = id => byId(id).value.trim()
const form = document.forms[0]
const SECTIONS = ["network", "password", "account", "progress"]
const ADVANCED = ["ip", "mask", "gw", "dns", "host"]
const ADDRESS = /^((25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(25[0-5]|2[0-4]\d|1?\d?\d)$/
const REASONS = {
  701: "noNetwork", 702: "noCloud", 703: "refused", 704: "noNetwork", 705: "badServer", 710: "noCloud",
  711: "badServer", 712: "signIn", 720: "notFound", 722: "wrongPassword", 723: "noNetwork",
}
const STEP_OF = { 703: "account", 722: "password", pass: "password", claim: "account", blynk: "account" }

const texts = { raw: "{text}" }
let info = { name: "", ssid: "" } // board_info.json
let rows = [] // wifi_scan.json
let network = null // what the user chose: {ssid, open, manual}
let wanted = "" // the network to preselect
let step = "network"
let retryAt = "network" // where the way goes on after a failure
let attempt = 0 // whose result is awaited; 0 takes the one that runs
let live = false // the access point stays while the device tries
let unsure = false // the answer to the configuration was lost
let watching = 0 // counts the watches; only the newest one goes on
let scanned = false

// Words. An element keeps the keys of its text, so that another language can be put in at any time.

function write(element) {
  const text = element.dataset.t.split(" ").map(key =>
    (texts[key] || key).replace(/{(\w+)}/g, (all, name) => element.values[name])).join(" ")
  if (element.dataset.as) element.setAttribute(element.dataset.as, text)
  else if (element.textContent !== text) element.textContent = text // else a screen reader says it again
}

function put(element, keys, values) {
  element.hidden = !keys
  element.dataset.t = keys || ""
  element.values = values
  write(element)
}

function add(parent, tag, className) {
  const element = parent.appendChild(document.createElement(tag))
  element.className = className || ""
  return element
}

function speak(language) {
  Object.assign(texts, PAGE.languages[language])
  document.documentElement.lang = language
  document.querySelectorAll("[data-t]").forEach(write)
  document.title = byId("title").textContent
  const guides = PAGE.brand.steps
  const guide = guides[language] || guides[Object.keys(guides)[0]] || []
  byId("guide").hidden = !guide.length
  byId("steps").textContent = ""
  guide.forEach(text => { add(byId("steps"), "li").textContent = text })
}

function offerLanguages() {
  const select = byId("language")
  const known = Object.keys(PAGE.languages)
  known.forEach(code => {
    const option = add(select, "option")
    option.value = option.lang = code
    option.textContent = PAGE.names[code]
  })
  const liked = (navigator.languages || [navigator.language]).map(tag => tag.slice(0, 2).toLowerCase())
  select.value = liked.find(code => known.includes(code)) || known[0]
  select.hidden = known.length < 2
  select.onchange = () => speak(select.value)
  speak(select.value)
}

// Talking to the device

async function ask(path, patience, options) {
  const control = new AbortController()
  const timer = setTimeout(() => control.abort(), patience)
  try {
    const response = await fetch(path, Object.assign({ signal: control.signal, cache: "no-store" }, options))
    const data = await response.json()
    return { status: response.status, wait: response.headers.get("Retry-After"), data }
  } finally {
    clearTimeout(timer)
  }
}

// A private tab may have no storage: then a reload merely starts anew.
function remember(number) {
  try {
    sessionStorage.setItem("attempt", number)
  } catch (error) { /* nothing to do */ }
}

function remembered() {
  try {
    return +sessionStorage.getItem("attempt")
  } catch (error) {
    return 0
  }
}

// Steps

function show(name, problem, values) {
  const moved = name !== step
  step = name
  SECTIONS.forEach(id => { byId(id).hidden = id !== name })
  document.querySelector("main").dataset.step = name
  const heading = byId(name).querySelector("h2")
  heading.after(byId("problem"))
  put(byId("problem"), problem, values)
  put(byId("next"), name === "account" ? "connect" : "next")
  byId("next").hidden = name === "progress"
  byId("back").hidden = name === "network" || name === "progress"
  if (name === "password") {
    byId("chosen").textContent = network.ssid
    checkPassword()
  }
  if (moved) {
    scrollTo(0, 0)
    heading.focus()
  }
}

function back() {
  watching++
  show(step === "account" && !network.open ? "password" : "network")
  if (!scanned) scan("")
}

async function scan(query) {
  const found = byId("found")
  if (found.className) return
  put(found, "searching")
  found.className = "busy"
  if (!scanned) list()
  try {
    rows = (await ask("/wifi_scan.json" + query, 25000)).data
    scanned = true
    list()
    put(found, rows.length ? "" : "none")
  } catch (error) {
    put(found, "lost")
  }
  found.className = ""
  byId("again").hidden = false
}

const LOCK = '<svg viewBox="0 0 24 24" role="img" data-t="locked" data-as="aria-label">'
  + '<path fill-rule="evenodd" d="M7 10V8a5 5 0 0 1 10 0v2h1v10H6V10zm2 0h6V8a3 3 0 0 0-6 0z"/></svg>'

function bars(rssi) {
  const level = rssi > -56 ? 4 : rssi > -68 ? 3 : rssi > -79 ? 2 : 1
  let drawing = '<svg viewBox="0 0 24 24" role="img" data-t="signal" data-as="aria-label">'
  for (let bar = 0; bar < 4; bar++) {
    const high = 5 + 4 * bar
    drawing += '<rect x="' + (2 + 5.5 * bar) + '" y="' + (20 - high) + '" width="3.5" height="' + high
      + '" rx="1" class="' + (bar < level ? "" : "off") + '"/>'
  }
  return [drawing + "</svg>", level]
}

function list() {
  const box = byId("list")
  const before = form.querySelector("[name=net]:checked")
  const focused = box.contains(document.activeElement)
  if (before) wanted = before.value // "" for another network
  box.textContent = ""
  rows.forEach(row => {
    const line = option(row.ssid)
    line.lastChild.textContent = row.ssid
    if (row.sec !== "OPEN") line.insertAdjacentHTML("beforeend", LOCK)
    const [drawing, level] = bars(row.rssi)
    line.insertAdjacentHTML("beforeend", drawing)
    line.lastChild.values = { n: level }
    line.querySelectorAll("svg").forEach(write)
  })
  put(option("").lastChild, "other")
  const radios = [...form.querySelectorAll("[name=net]")]
  let choice = (before || wanted) && radios.find(radio => radio.value === wanted)
  if (wanted && !choice && scanned) {
    choice = radios.pop()
    byId("ssid").value = wanted
  }
  if (choice) choice.checked = true
  if (choice && focused) choice.focus()
  pick()
}

// One choice of the list; only textContent for names, they may hold anything.
function option(ssid) {
  const label = add(byId("list"), "label", "row")
  const radio = add(label, "input")
  radio.type = "radio"
  radio.name = "net"
  radio.value = ssid
  const line = add(label, "span")
  add(line, "bdi")
  return line
}

function pick() {
  const radio = form.querySelector("[name=net]:checked")
  byId("manual").hidden = !radio || radio.value !== ""
  return radio
}

function chooseNetwork() {
  const radio = pick()
  if (!radio) return show("network", "choose")
  const row = rows.find(row => row.ssid === (radio.value || byId("ssid").value))
  network = { ssid: radio.value || byId("ssid").value, open: !!row && row.sec === "OPEN", manual: !row }
  const given = ADVANCED.slice(0, 4).map(trimmed)
  if (!network.ssid) return byId("ssid").reportValidity() // in the browser's own words
  if (given.some(Boolean) && !given.every((text, at) => (at === 3 && !text) || ADDRESS.test(text)))
    return show("network", "badAddress")
  show(network.open ? "account" : "password")
}

function checkPassword(insist) {
  const password = byId("pass").value
  const size = new TextEncoder().encode(password).length
  const good = (size > 7 && size < 64) || /^[0-9a-f]{64}$/i.test(password) || (!size && network.manual)
  put(byId("rule"), network.manual ? "rule empty" : "rule", { n: size })
  mark(byId("pass"), byId("rule"), good, insist || size > 63)
  return good
}

function mark(input, hint, good, insist) {
  hint.className = good ? "hint right" : insist ? "hint wrong" : "hint"
  input.setAttribute("aria-invalid", !good && !!insist)
  if (!good && insist === "focus") input.focus()
}

function takePassword() {
  if (checkPassword("focus")) show("account")
}

// A claim code, a token, nothing where that will do, or null.
function readCode() {
  const text = trimmed("code")
  const code = text.replace(/[\s-]/g, "").toUpperCase()
  if (info.claim && /^[0-9A-Z]{8}$/.test(code)) return { claim: code }
  if (/^[\w-]{32}$/.test(text)) return { blynk: text }
  return info.kept && !text ? {} : null
}

function tidyCode() {
  const { claim } = readCode() || {}
  if (claim) byId("code").value = claim.slice(0, 4) + "-" + claim.slice(4)
}

async function send() {
  const code = readCode()
  mark(byId("code"), byId("hint"), code, "focus")
  if (!code) return
  const body = new URLSearchParams(Object.assign({ if: "wifi", pass: network.open ? "" : byId("pass").value }, code))
  body.set(rows.some(row => row.ssid === network.ssid) ? "ssid" : "ssidManual", network.ssid)
  ADVANCED.forEach(id => { if (trimmed(id)) body.set(id, trimmed(id)) })
  body.set("time", Math.round(Date.now() / 1000)) // for certificates, where the network has no time server
  body.set("live", "1") // it tells the attempt's number, and tries while we look on if it can
  begin(info.live)
  try {
    const { status, wait, data } = await ask("/config", 15000, { method: "POST", body })
    if (status === 429) return show("account", "tooMany", { n: wait || 60 })
    if (status !== 200 && status !== 409) return refuse(data)
    attempt = data.attempt || 0
    live = status === 409 ? info.live : data.live
    unsure = false
  } catch (error) {
    attempt = info.attempt + 1
    unsure = true
  }
  watch()
}

function refuse(data) {
  const field = data.field || ""
  if (ADVANCED.includes(field)) {
    show("network", field === "host" ? "badServer" : "badAddress")
    byId(field).closest("details").open = true
    byId(field).focus()
  }
  else show(STEP_OF[field] || (field === "ssid" ? "network" : "account"), "raw", { text: data.detail || data.msg })
}

// The result

function begin(stays) {
  live = stays
  byId("progress").className = ""
  byId("stages").textContent = ""
  put(byId("outcome"), "trying")
  put(byId("news"), "")
  show("progress")
  stages({ network: network ? network.ssid : "" })
}

function stages(status) {
  const level = status.address || status.state === "CONNECTING_CLOUD" ? 3 : 1
  const values = { ssid: status.network, text: status.address }
  const box = byId("stages")
  ;["joining", "ip raw", "cloud"].slice(0, level).forEach((key, at) => {
    const line = box.children[at] || add(box, "li")
    line.className = at + 1 < level ? "past" : "now"
    put(line, key, values)
  })
}

async function watch() {
  const mine = ++watching
  let silent = 0
  remember(attempt)
  waitingWords(silent)
  while (mine === watching) {
    let status = null
    try {
      status = (await ask("/status.json", 4000)).data
    } catch (error) { /* out of reach */ }
    if (mine !== watching) return
    // No result of this attempt: for a moment between two states, or for good when the owner has erased it.
    if (!status || (status.result === "none" && status.attempt === attempt)) silent++
    else {
      silent = 0
      tell(status)
    }
    waitingWords(silent)
    await new Promise(resolve => setTimeout(resolve, 1000))
  }
}

// What to do meanwhile: nothing while it talks to us, else the light tells.
function waitingWords(silent) {
  if (step !== "progress" || byId("progress").className) return
  const away = silent > 1 || !live
  put(byId("news"), away && (live ? "lost light" : "restarts light"), { ap: info.ssid })
  byId("back").hidden = !away
}

function tell(status) {
  info.attempt = status.attempt
  attempt = attempt || status.attempt
  const other = unsure && status.result !== "none" && status.network !== network.ssid
  if (status.attempt > attempt || other) back() // another phone's
  else if (status.attempt < attempt) {
    if (unsure) { // it never heard of it
      watching++
      show("account", "lost")
    }
  } else if (status.result === "trying") {
    unsure = false
    stages(status)
  } else if (status.result === "ok") end("done", status)
  else if (status.result === "failed") end("failed", status)
}

function end(outcome, status) {
  watching++
  remember(0)
  byId("back").hidden = true
  byId("stages").textContent = ""
  byId("progress").className = outcome
  put(byId("outcome"), outcome, { name: PAGE.brand.name || info.name })
  if (outcome === "done") {
    form.reset() // no secret stays in the page
    put(byId("news"), "close")
  } else {
    wanted = status.network || wanted
    network = network || { ssid: wanted, open: false, manual: true }
    retryAt = STEP_OF[status.error] || "network"
    put(byId("news"), "")
    put(byId("problem"), REASONS[status.error] || "raw", { ssid: wanted, text: status.error_detail })
    put(byId("next"), "retry")
  }
  byId("outcome").focus()
}

function retry() {
  show(retryAt)
  if (!scanned) scan("")
}

// The start

function takeLink() {
  const part = location.hash.slice(1).split("&")[0]
  if (!part) return
  history.replaceState(null, "", location.pathname)
  byId("code").value = part.replace(/^(claim|token)=/, "").slice(0, 40)
  tidyCode()
}

async function start() {
  let status
  try {
    info = (await ask("/board_info.json", 6000)).data
    status = (await ask("/status.json", 6000)).data
  } catch (error) {
    put(byId("problem"), "lost")
    setTimeout(start, 2000)
    return
  }
  put(byId("title"), "title", { name: PAGE.brand.name || info.name })
  document.title = byId("title").textContent
  put(byId("hint"), (info.claim ? "hintCode" : "hintToken") + (info.kept ? " keep" : ""))
  tidyCode()
  wanted = info.last_ssid || ""
  put(byId("problem"), info.last_error && (REASONS[info.last_error] || "raw"), { ssid: wanted, text: info.last_error_detail })
  // A captive sheet that the system closed and opened again remembers nothing: the device knows what goes on.
  if (/trying|ok/.test(status.result) || (status.result === "failed" && status.attempt === remembered())) {
    attempt = status.attempt
    begin(info.live)
    watch()
  } else scan("")
}

form.noValidate = true
form.onsubmit = event => {
  event.preventDefault()
  ;({ network: chooseNetwork, password: takePassword, account: send, progress: retry })[step]()
}
form.onchange = pick
byId("list").hidden = byId("shown").hidden = false
byId("back").onclick = back
byId("again").onclick = () => scan("?fresh=1")
byId("pass").oninput = () => checkPassword()
byId("show").onchange = () => { byId("pass").type = byId("show").checked ? "text" : "password" }
byId("code").onchange = tidyCode
onhashchange = takeLink
offerLanguages()
takeLink()
show("network")
start()
