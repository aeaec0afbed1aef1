// Reading aloud, by a voice that lives on this device: text is never sent to anybody's server. Without such a voice there is no button.
(() => {
  "use strict";
  const buttons = [...document.querySelectorAll("[data-aloud]")], voices = window.speechSynthesis;
  if (!buttons.length || !voices || !window.SpeechSynthesisUtterance) return;
  const language = document.documentElement.lang.slice(0, 2);
  const voice = () => voices.getVoices().find((one) => one.localService && one.lang.slice(0, 2) === language);

  function offer() {
    const able = Boolean(voice());
    buttons.forEach((button) => { button.hidden = !able; });
  }

  // Headings, sentences, questions and their hints; not buttons, not what is marked silent (lists of people's names), not what is folded away.
  const SAID = "h1, h2, h3, p, li, dt, dd, legend, label, .note, .big-link, summary";
  const SILENT = "[data-silent], .no-print, .actions, nav, .visually-hidden, [hidden], .hidden";
  function sentences() {
    const parts = [...document.querySelectorAll("main :is(" + SAID + ")")]
      .filter((part) => !part.closest(SILENT) && !part.parentElement.closest("main :is(" + SAID + ")") && part.offsetParent)
      .map((part) => part.innerText.replace(/\s+/g, " ").trim());
    // Long texts in one piece are cut off by some engines.
    return parts.flatMap((text) => text.match(/[^。！？；.!?;]+[。！？；.!?;]?/g) || []).map((text) => text.trim()).filter(Boolean);
  }

  let reading = false;
  function show() {
    buttons.forEach((button) => {
      const word = button.querySelector("span");
      button.dataset.start = button.dataset.start || word.textContent;
      word.textContent = reading ? button.dataset.stop : button.dataset.start;
      button.setAttribute("aria-pressed", String(reading));
    });
  }
  function stop() { reading = false; voices.cancel(); show(); }
  function start() {
    const said = sentences(), chosen = voice();
    if (!said.length || !chosen) return;
    voices.cancel();
    reading = true;
    show();
    said.forEach((text, n) => {
      const one = new SpeechSynthesisUtterance(text);
      one.voice = chosen;
      one.lang = chosen.lang;
      one.rate = 0.9;
      if (n === said.length - 1) one.onend = stop;
      voices.speak(one);
    });
  }

  buttons.forEach((button) => button.addEventListener("click", () => { if (reading) stop(); else start(); }));
  document.addEventListener("keydown", (event) => { if (event.key === "Escape" && reading) stop(); });
  addEventListener("pagehide", () => voices.cancel());
  if (voices.addEventListener) voices.addEventListener("voiceschanged", offer);
  offer();
})();
