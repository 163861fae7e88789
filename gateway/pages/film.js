// What stands where the film would be: a lane in the rain with lanterns, another light for every episode.
//
// Drawn on a canvas. With reduced motion it is one still picture.

const LENGTH_S = 60;
const SKIES = [["#101a33", "#3b2a4a", "#8a4a2c"], ["#0b1720", "#173847", "#3f6a5f"], ["#170f1f", "#3a1e33", "#8a3c3c"], ["#0d1226", "#223063", "#5a6fae"]];

export class Film {
  constructor(canvas, { ended, played }) {
    Object.assign(this, { canvas, ended, played });
    this.brush = canvas.getContext("2d");
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
    this.at = 0;
    this.playing = !this.still.matches;
    this.dimmed = false;
    new ResizeObserver(() => this.#size()).observe(canvas);
    let last = performance.now();
    const step = (now) => {
      if (this.playing) this.at += (now - last) / 1000;
      last = now;
      if (this.at >= LENGTH_S) {
        this.at = 0;
        this.ended();
      }
      if (this.playing) this.#draw();
      requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  }

  show(episode, scene = 1) {
    this.episode = episode;
    this.at = Math.min(LENGTH_S - 1, (scene - 1) * 12);
    this.#draw();
  }

  play(playing) {
    this.playing = playing;
    this.#draw();
  }

  /** The character speaks: the film steps back. */
  dim(dimmed) {
    this.dimmed = dimmed;
    this.#draw();
  }

  #size() {
    const ratio = Math.min(2, devicePixelRatio);
    this.canvas.width = this.canvas.clientWidth * ratio;
    this.canvas.height = this.canvas.clientHeight * ratio;
    this.#draw();
  }

  #draw() {
    const { brush, canvas, at, episode = 1 } = this;
    const { width, height } = canvas;
    if (!width) return;
    const sky = brush.createLinearGradient(0, 0, 0, height);
    SKIES[episode % SKIES.length].forEach((color, place) => sky.addColorStop(place * 0.5, color));
    brush.globalAlpha = 1;
    brush.fillStyle = sky;
    brush.fillRect(0, 0, width, height);
    this.#houses(width, height);
    for (let n = 0; n < 7; n++) this.#lantern(width, height, n, at + episode);
    this.#rain(width, height, at);
    if (this.dimmed) {
      brush.fillStyle = "#0009";
      brush.fillRect(0, 0, width, height);
    }
    this.played(at / LENGTH_S);
  }

  #houses(width, height) {
    const { brush, episode = 1 } = this;
    for (let n = 0; n < 9; n++) {
      const left = n < 5;
      const depth = (left ? n : n - 5) / 5;
      const wide = width * (0.4 - depth * 0.3);
      const tall = height * (0.92 - depth * 0.5) * (0.86 + 0.14 * Math.sin(n * 7 + episode));
      brush.fillStyle = `rgb(${14 + depth * 22} ${14 + depth * 18} ${22 + depth * 26})`;
      const x = left ? depth * width * 0.1 - width * 0.1 : width - wide + width * 0.1 - depth * width * 0.1;
      brush.fillRect(x, height - tall, wide, tall);
      this.#windows(x, height - tall, wide, tall, n);
    }
    const lane = brush.createLinearGradient(0, height * 0.7, 0, height);
    lane.addColorStop(0, "#0000");
    lane.addColorStop(1, "#05060acc");
    brush.fillStyle = lane;
    brush.fillRect(0, height * 0.7, width, height * 0.3);
  }

  #windows(x, y, wide, tall, house) {
    const { brush, episode = 1 } = this;
    const size = wide / 7;
    for (let row = 0; row < tall / (size * 2.6) - 1; row++) {
      for (let column = 0; column < 3; column++) {
        const lit = (house * 31 + row * 17 + column * 7 + episode * 5) % 6;
        brush.fillStyle = lit === 0 ? "rgb(255 196 110 / .55)" : lit === 1 ? "rgb(120 150 230 / .22)" : "rgb(0 0 0 / .22)";
        brush.fillRect(x + size * (1 + column * 2), y + size * (1 + row * 2.6), size, size * 1.5);
      }
    }
  }

  #lantern(width, height, n, at) {
    const { brush } = this;
    const size = width * (0.05 + (n % 3) * 0.025);
    const x = width * (0.12 + ((n * 37) % 80) / 100) + Math.sin(at * 0.6 + n) * size * 0.2;
    const y = height * (0.1 + ((n * 23) % 42) / 100) + Math.cos(at * 0.5 + n * 2) * size * 0.1;
    const flicker = 0.82 + 0.18 * Math.sin(at * 3.1 + n * 5);
    const glow = brush.createRadialGradient(x, y, size * 0.1, x, y, size * 3);
    glow.addColorStop(0, `rgb(255 190 96 / ${0.75 * flicker})`);
    glow.addColorStop(1, "rgb(255 150 60 / 0)");
    brush.fillStyle = glow;
    brush.fillRect(x - size * 3, y - size * 3, size * 6, size * 6);
    brush.fillStyle = n === 3 ? "#6f9bff" : "#ffca7c";
    brush.beginPath();
    brush.ellipse(x, y, size * 0.42, size * 0.55, 0, 0, Math.PI * 2);
    brush.fill();
    brush.fillStyle = "#1a1214";
    brush.fillRect(x - size * 0.24, y - size * 0.68, size * 0.48, size * 0.16);
    brush.fillRect(x - size * 0.24, y + size * 0.5, size * 0.48, size * 0.14);
    brush.fillRect(x - size * 0.02, 0, Math.max(1, size * 0.03), y - size * 0.6);
  }

  #rain(width, height, at) {
    const { brush } = this;
    brush.strokeStyle = "rgb(190 205 235 / .28)";
    brush.lineWidth = Math.max(1, width / 500);
    brush.beginPath();
    for (let n = 0; n < 90; n++) {
      const x = (n * 97.3) % width;
      const y = (n * 173.7 + at * height * (0.9 + (n % 5) * 0.1)) % height;
      brush.moveTo(x, y);
      brush.lineTo(x - width * 0.008, y + height * 0.025);
    }
    brush.stroke();
  }
}
