"""How the timeline looks: its style sheet, by daylight and in the dark."""

STYLE = """
svg { color-scheme: light dark; --paper: #ffffff; --edge: #d8dee4; --ink: #1f2328; --quiet: #59636e;
  --grid: #eaeef2; --lane: #f3f5f8; --life: #b6c2cf; --going: #4c8dd6; --good: #2c974b; --bad: #d1242f }
@media (prefers-color-scheme: dark) { svg { --paper: #0d1117; --edge: #30363d; --ink: #e6edf3; --quiet: #9198a1;
  --grid: #21262d; --lane: #161b22; --life: #3d444d; --going: #4493f8; --good: #3fb950; --bad: #f85149 } }
text { font: 12px system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; fill: var(--ink) }
.paper { fill: var(--paper); stroke: var(--edge) }
.heading { font-size: 16px; font-weight: 600 }
.quiet, .tick { fill: var(--quiet) }
.tick { text-anchor: middle; font-size: 11px }
.service { font-weight: 600 }
.label { font-size: 11.5px }
.none { fill: var(--quiet); font-style: italic }
.grid { stroke: var(--grid) }
.lane { stroke: var(--lane); stroke-width: 16; stroke-opacity: .7 }
.life { stroke: var(--life); stroke-width: 2 }
.mark circle, .mark path { stroke: var(--paper); stroke-width: 1.5 }
.going-on circle { fill: var(--going) }
.succeeded circle { fill: var(--good) }
.failed path { fill: var(--bad) }
.reason { fill: var(--bad); font-size: 11px }
.left { text-anchor: end }
.number { fill: var(--paper); font-size: 10px; font-weight: 600; text-anchor: middle }
"""
