// Plays the recording from a stretch of the list or a place in the picture.
(() => {
  'use strict';
  document.documentElement.classList.add('js');
  const player = document.getElementById('player');
  const audio = player.querySelector('audio');
  const input = player.querySelector('input');
  const status = player.querySelector('[role=status]');
  const cursors = document.querySelectorAll('.cursor');
  const stretches = document.querySelectorAll('.play');
  const expected = Number(player.dataset.duration);
  // Where to begin once a recording is open.
  let wanted = null;

  const say = (text) => { status.textContent = text; };
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const clock = (seconds) => {
    const tenths = Math.round(seconds * 10);
    const two = (n) => String(n).padStart(2, '0');
    const hours = Math.floor(tenths / 36000);
    const minutes = Math.floor(tenths / 600) % 60;
    const rest = `${two(Math.floor(tenths % 600 / 10))}.${tenths % 10}`;
    return hours ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`;
  };

  function playFrom(seconds) {
    if (!audio.src) {
      wanted = seconds;
      say(player.dataset.need);
      input.click();
      return;
    }
    if (audio.readyState === 0) {
      wanted = seconds;
      return;
    }
    audio.currentTime = seconds;
    // A browser that wants another click first leaves the player where it is.
    audio.play().catch(() => {});
    say(fill(player.dataset.from, { time: clock(seconds) }));
  }

  function mark() {
    const at = audio.currentTime;
    const x = `${100 * at / expected}%`;
    for (const cursor of cursors) {
      cursor.setAttribute('x1', x);
      cursor.setAttribute('x2', x);
    }
    for (const button of stretches) {
      const inside = at >= Number(button.dataset.start) && at < Number(button.dataset.end);
      button.closest('tr').classList.toggle('now', inside);
    }
  }

  for (const button of stretches) {
    button.addEventListener('click', () => playFrom(Number(button.dataset.start)));
  }
  for (const plot of document.querySelectorAll('.plot')) {
    plot.addEventListener('click', (event) => {
      const box = plot.getBoundingClientRect();
      playFrom(Math.max(0, (event.clientX - box.left) / box.width * expected));
    });
  }
  for (const event of ['timeupdate', 'seeking', 'seeked', 'loadedmetadata']) {
    audio.addEventListener(event, mark);
  }
  audio.addEventListener('loadedmetadata', () => {
    const found = audio.duration;
    if (wanted !== null) {
      playFrom(wanted);
      wanted = null;
    }
    if (Math.abs(found - expected) > 1 + expected / 100) {
      say(fill(player.dataset.other, { found: clock(found), expected: clock(expected) }));
    }
  });
  audio.addEventListener('error', () => {
    audio.hidden = true;
    say(player.dataset.failed);
  });
  if (input) {
    input.addEventListener('change', () => {
      const file = input.files[0];
      if (!file) return;
      URL.revokeObjectURL(audio.src);
      audio.src = URL.createObjectURL(file);
      audio.hidden = false;
      say(file.name);
    });
  }
})();
