"""Reports in notebooks."""

from __future__ import annotations

import base64
from html import escape
from typing import TYPE_CHECKING, Mapping, Sequence

from ._errors import VoxHumanaError
from ._spans import spoken

if TYPE_CHECKING:
    from ._results import ChannelReport, ReportData, ResultData

#: Okabe and Ito's colours, which colour-blind readers can tell apart.
COLOURS = {"bona_fide": "#0072B2", "inconclusive": "#6E6E6E", "synthetic": "#D55E00"}
WORDS = {"bona_fide": "bona fide", "inconclusive": "inconclusive", "synthetic": "synthetic"}
_MOST_ROWS = 50
#: Largest recording, as a WAV of 16 bits, that is put into the output of a notebook: two minutes of a telephone call.
MAX_PLAYER_BYTES = 4 << 20


def _chip(verdict: str) -> str:
    return (
        f'<span style="background:{COLOURS[verdict]};color:#fff;border-radius:4px;padding:1px 7px">'
        f"{WORDS[verdict]}</span>"
    )


def _timeline(channel: "ChannelReport", duration_s: float, threshold: float) -> str:
    """Segments as bars over the recording, those below the threshold in the colour of synthetic speech."""
    bars = []
    for s in channel.segments:
        colour = COLOURS["synthetic" if s.llr < threshold else "bona_fide"]
        for start, end in spoken(s.start_s, s.end_s, channel.speech_spans):
            x, width = 300 * start / duration_s, max(300 * (end - start) / duration_s, 0.5)
            bars.append(
                f'<rect x="{x:.1f}" y="2" width="{width:.1f}" height="12" fill="{colour}">'
                f"<title>{s.start_s:.1f} to {s.end_s:.1f} s: llr {s.llr:+.2f}</title></rect>"
            )
    return (
        '<svg width="300" height="16" role="img" aria-label="timeline">'
        f'<rect width="300" height="16" fill="#8883" rx="2"/>{"".join(bars)}</svg>'
    )


def report_html(report: "ReportData", player: bool) -> str:
    """One row per channel, and the recording to listen to, where it is a short file and may be inside."""
    rows = []
    for c in report.channels:
        llr = "" if c.llr is None else f"{c.llr:+.2f}"
        p = "" if c.synthetic_probability is None else f"{c.synthetic_probability:.1%}"
        reason = f" {escape(c.reason.replace('_', ' '))}" if c.reason else ""
        line = _timeline(c, max(report.duration_s, 1e-9), report.threshold_llr)
        rows.append(
            f"<tr><td>{escape(c.name)}</td><td>{_chip(c.verdict)}{reason}</td><td>{llr}</td><td>{p}</td>"
            f"<td>{c.speech_s:.1f} s</td><td>{line}</td></tr>"
        )
    cut = ", truncated" if report.truncated else ""
    return (
        f"<div><b>{escape(report.path or 'samples')}</b>: {report.duration_s:.1f} s, "
        f"{escape(report.input.container)}/{escape(report.input.codec)}, {report.input.sample_rate_hz} Hz{cut}"
        "<table><thead><tr><th>channel</th><th>verdict</th><th>llr</th><th>P(synthetic)</th><th>speech</th>"
        f"<th>timeline</th></tr></thead><tbody>{''.join(rows)}</tbody></table>{_player(report) if player else ''}"
        f"<small>{escape(report.model.name)} {escape(report.model.version)}, {escape(report.operating_point)}: "
        f"synthetic below llr {report.threshold_llr:+.2f}. Bona fide is no proof of identity.</small></div>"
    )


def _player(report: "ReportData") -> str:
    """An audio element with the recording inside; nothing for one that is long, gone, no file, or has other tracks."""
    # Before a long one is decoded.
    if report.path is None or _wav_bytes(report) > MAX_PLAYER_BYTES:
        return ""
    from ._page import wav
    from ._sound import sound_of

    try:
        content = wav(sound_of(report, None))
    except VoxHumanaError:
        return ""
    # The file may have grown since.
    if len(content) > MAX_PLAYER_BYTES:
        return ""
    data = base64.b64encode(content).decode("ascii")
    return (
        f'<audio controls preload="metadata" src="data:audio/wav;base64,{data}"></audio> '
        "<small>The recording is inside this output.</small><br/>"
    )


def _wav_bytes(report: "ReportData") -> float:
    return 2 * report.duration_s * report.input.sample_rate_hz * report.input.channels


def reports_html(reports: Sequence["ResultData"], counts: Mapping[str, int]) -> str:
    """One row per recording, the first fifty; `counts` are their number by verdict."""
    rows = []
    for r in reports[:_MOST_ROWS]:
        name = escape(r.path or "samples")
        if r.verdict is None:
            rows.append(f"<tr><td>{name}</td><td>error</td><td>{escape(r.to_dict()['error'])}</td></tr>")
        else:
            channels = "; ".join(
                f"{c.name} {WORDS[c.verdict]}" + ("" if c.llr is None else f" {c.llr:+.2f}")
                for c in getattr(r, "channels")
            )
            rows.append(f"<tr><td>{name}</td><td>{_chip(r.verdict)}</td><td>{escape(channels)}</td></tr>")
    counted = ", ".join(f"{n} {k.replace('_', ' ')}" for k, n in counts.items() if n)
    more = len(reports) - _MOST_ROWS
    tail = f"<div>and {more} more; see to_pandas()</div>" if more > 0 else ""
    return (
        f"<div><b>{len(reports)} recordings</b>: {counted}<table><thead><tr><th>recording</th><th>verdict</th>"
        f"<th>channels</th></tr></thead><tbody>{''.join(rows)}</tbody></table>{tail}</div>"
    )
