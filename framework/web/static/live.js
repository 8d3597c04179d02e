// The live page is written by the server alone. This script asks for the page
// again when the store has changed and puts in what differs.
"use strict";
(() => {
  const pause = 250; // ms between two looks: as fast as a person follows
  const again = 5000; // ms until a stream that the server refused is tried again
  const main = document.getElementById("main");
  const link = document.getElementById("link");
  let journal = "";
  let busy = false;
  let stale = false;

  function say(state, text) {
    if (link.dataset.state === state) return;
    link.dataset.state = state;
    link.textContent = text;
  }

  function look() {
    if (busy || document.hidden) {
      stale = true;
      return;
    }
    busy = true;
    stale = false;
    const request = new XMLHttpRequest();
    request.open("GET", "/");
    request.responseType = "document";
    request.timeout = 10000;
    request.onload = () => {
      const fresh = request.response && request.response.getElementById("main");
      if (request.status === 200 && fresh) {
        const seen = Number(main.dataset.seq);
        morph(main, fresh);
        mark(seen);
      }
    };
    request.onloadend = () => setTimeout(() => {
      busy = false;
      if (stale) look();
    }, pause);
    request.send();
  }

  // mark lets lines that changed since the last look light up for a moment.
  function mark(seen) {
    for (const line of main.querySelectorAll("[data-changed]")) {
      if (Number(line.dataset.changed) > seen) {
        line.classList.remove("fresh");
        void line.offsetWidth; // begins the animation again
        line.classList.add("fresh");
      }
    }
  }

  // morph makes one element like another and keeps every node that it can, so
  // that focus, selection and what was unfolded stay.
  function morph(old, now) {
    for (const { name, value } of [...now.attributes]) {
      if (name === "class" && old.classList.contains("fresh")) continue;
      if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    }
    for (const { name } of [...old.attributes]) {
      if (!now.hasAttribute(name) && name !== "open" && !(name === "class" && old.classList.contains("fresh"))) old.removeAttribute(name);
    }
    let at = old.firstChild;
    for (const want of [...now.childNodes]) {
      const have = match(old, at, want);
      if (!have) {
        old.insertBefore(document.importNode(want, true), at);
        continue;
      }
      if (have === at) at = at.nextSibling;
      else old.insertBefore(have, at);
      if (have.nodeType === Node.ELEMENT_NODE) morph(have, want);
      else if (have.data !== want.data) have.data = want.data;
    }
    while (at) {
      const next = at.nextSibling;
      at.remove();
      at = next;
    }
  }

  // match finds the node that stands for want: the one of the same id, or the
  // next where neither has one.
  function match(parent, at, want) {
    if (want.id) {
      const same = document.getElementById(want.id);
      return same && same.parentNode === parent && same.nodeName === want.nodeName ? same : null;
    }
    return at && !at.id && at.nodeName === want.nodeName ? at : null;
  }

  function listen() {
    const source = new EventSource("/api/v1/events");
    source.onopen = () => say("live", "Live");
    source.onerror = () => {
      say("lost", "Connection lost, trying again");
      if (source.readyState === EventSource.CLOSED) setTimeout(listen, again);
    };
    source.addEventListener("hello", (event) => {
      const name = JSON.parse(event.data).journal;
      if (journal && journal !== name) location.reload(); // another store's journal
      journal = name;
    });
    for (const part of ["sessions", "devices", "summary", "log"]) source.addEventListener(part, look);
  }

  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && stale) look();
  });
  listen();
})();
