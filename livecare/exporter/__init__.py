"""Shows a run to monitoring: Prometheus metrics, health and state, by HTTP and in a file.

It is a process of its own, fed through a file that the run replaces: it may die, hang or be slow,
and the run does not wait for it. Only `exposition`, `guard`, `web` and `process` need the extra
`metrics`.
"""
