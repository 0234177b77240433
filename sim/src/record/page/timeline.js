"use strict";
(() => {
  const { boards, frames } = JSON.parse(document.getElementById("frame-data")?.textContent ?? "{}");
  const canvas = document.getElementById("frames");
  if (!canvas || !frames?.length) return;
  document.getElementById("zoom").hidden = false;

  const lanes = [...new Set(frames.flatMap((frame) => [frame.sender, ...frame.lost]))].sort((a, b) => a - b).slice(0, 60);
  const laneOf = new Map(lanes.map((board, lane) => [board, lane]));
  const last = Math.max(...frames.slice(-200).map((frame) => frame.start + frame.length), 1);
  const longest = frames.reduce((most, frame) => Math.max(most, frame.length), 0);
  const lane = 22, top = 20;
  let from = 0, to = last, pointed = null, dragged = null;
  const out = document.getElementById("pointed");

  const context = canvas.getContext("2d");
  const named = () => Math.min(110, canvas.clientWidth / 4);
  const across = () => canvas.clientWidth - named();
  const x = (time) => named() + ((time - from) / (to - from)) * across();
  const time = (place) => from + ((place - named()) / across()) * (to - from);
  const seconds = (micros) => (micros / 1e6).toFixed(6) + " s";

  // The first frame that may reach into what is shown.
  function firstShown() {
    let low = 0, high = frames.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (frames[middle].start < from - longest) low = middle + 1; else high = middle;
    }
    return low;
  }

  function draw() {
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue("--" + name).trim();
    const scale = window.devicePixelRatio || 1, width = canvas.clientWidth, height = top + lanes.length * lane + 6;
    canvas.style.height = height + "px";
    if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
      canvas.width = Math.round(width * scale);
      canvas.height = Math.round(height * scale);
    }
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, width, height);
    context.font = "12px system-ui, sans-serif";
    context.textBaseline = "middle";

    // Round times, some 120 px apart.
    const wanted = ((to - from) * 120) / across();
    const power = 10 ** Math.floor(Math.log10(wanted));
    const step = [1, 2, 5, 10].map((round) => round * power).find((round) => round >= wanted) ?? wanted;
    const digits = Math.min(6, Math.max(0, 6 - Math.floor(Math.log10(step))));
    for (let tick = Math.ceil(from / step) * step; tick <= to; tick += step) {
      context.fillStyle = colour("line");
      context.fillRect(x(tick), top - 4, 1, height);
      context.fillStyle = colour("soft");
      context.textAlign = x(tick) > width - 70 ? "right" : "left";
      context.fillText((tick / 1e6).toFixed(digits) + " s", x(tick) + (context.textAlign === "left" ? 3 : -3), 9);
    }
    context.textAlign = "left";
    const colours = ["data", "retry", "ack"].map(colour), bad = colour("bad"), ink = colour("ink");
    for (let index = firstShown(); index < frames.length && frames[index].start <= to; index++) {
      const frame = frames[index], row = laneOf.get(frame.sender);
      const left = x(frame.start), right = x(frame.start + frame.length);
      if (right < named()) continue;
      if (row !== undefined) {
        const high = frame.kind === 2 ? 8 : 14;
        context.fillStyle = colours[frame.kind];
        context.fillRect(Math.max(left, named()), top + row * lane + 18 - high, Math.max(1, right - Math.max(left, named())), high);
        if (frame === pointed) {
          context.strokeStyle = ink;
          context.strokeRect(left - 1, top + row * lane + 17 - high, Math.max(1, right - left) + 2, high + 2);
        }
      }
      context.fillStyle = bad;
      for (const board of frame.lost) {
        const there = laneOf.get(board);
        if (there === undefined || right < named()) continue;
        context.fillText("×", right - 4, top + there * lane + 11);
      }
    }
    context.clearRect(0, top, named() - 1, height);
    lanes.forEach((board, row) => {
      context.fillStyle = colour("line");
      context.fillRect(0, top + (row + 1) * lane - 2, width, 1);
      context.fillStyle = ink;
      context.fillText(boards[board] ?? "?", 6, top + row * lane + 11, named() - 12);
    });
  }

  function show(start, end) {
    const least = 50, span = Math.min(Math.max(end - start, least), last);
    from = Math.min(Math.max(start + (end - start - span) / 2, 0), last - span);
    to = from + span;
    draw();
  }
  const zoom = (factor, around = (from + to) / 2) => show(around - (around - from) * factor, around + (to - around) * factor);
  const move = (share) => { const by = (to - from) * share; show(Math.max(0, from + by), Math.max(0, from + by) + (to - from)); };

  function point(event) {
    const box = canvas.getBoundingClientRect(), place = event.clientX - box.left;
    const row = Math.floor((event.clientY - box.top - top) / lane), slack = ((to - from) / across()) * 3, at = time(place);
    let best = null;
    for (let index = firstShown(); index < frames.length && frames[index].start <= at + slack; index++) {
      const frame = frames[index];
      if (laneOf.get(frame.sender) === row && frame.start + frame.length >= at - slack) best = frame;
    }
    if (best === pointed) return;
    pointed = best;
    out.textContent = best === null ? "" :
      `${seconds(best.start)}  ${boards[best.sender]}: ${best.what}, ${best.octets} octets at ${best.rate}, ${best.length} µs; ` +
      `received by ${best.received}` + (best.lost.length ? `, lost at ${best.lost.map((board) => boards[board]).join(", ")}` : "");
    draw();
  }

  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    const at = time(event.clientX - canvas.getBoundingClientRect().left);
    if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) move(event.deltaX / across()); else zoom(1.0015 ** event.deltaY, at);
  }, { passive: false });
  canvas.addEventListener("pointerdown", (event) => { dragged = { x: event.clientX, from, to }; canvas.setPointerCapture(event.pointerId); });
  canvas.addEventListener("pointermove", (event) => {
    if (dragged === null) return point(event);
    const by = ((dragged.x - event.clientX) / across()) * (dragged.to - dragged.from);
    const start = Math.min(Math.max(0, dragged.from + by), last - (dragged.to - dragged.from));
    show(start, start + (dragged.to - dragged.from));
  });
  for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => { dragged = null; });
  const actions = { in: () => zoom(0.5), out: () => zoom(2), left: () => move(-0.5), right: () => move(0.5), all: () => show(0, last) };
  for (const button of document.querySelectorAll("[data-zoom]")) button.addEventListener("click", actions[button.dataset.zoom]);
  canvas.addEventListener("keydown", (event) => {
    const action = { "+": "in", "=": "in", "-": "out", ArrowLeft: "left", ArrowRight: "right", Home: "all" }[event.key];
    if (action) { event.preventDefault(); actions[action](); }
  });
  new ResizeObserver(draw).observe(canvas.parentElement);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  show(frames[0].start, frames[0].start + Math.max(20000, (last - frames[0].start) / 50));
})();
