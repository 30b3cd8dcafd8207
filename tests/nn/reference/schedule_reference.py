#!/usr/bin/env python3
"""Writes schedule_reference.inc: learning rates of 40 epochs by PyTorch's schedulers.

    /usr/bin/python3 tests/nn/reference/schedule_reference.py > tests/nn/reference/schedule_reference.inc

The cosine's are of its closed form, which is held here against the recursive one. The errors that
plateau watches are the numerators of 64ths, so that the test has the same ones.
"""
import torch
from torch.optim import SGD, lr_scheduler

EPOCHS = 40
FALLING = [max(4, 64 - 4 * epoch) for epoch in range(EPOCHS)]
FLAT = [64] * EPOCHS
NOISY = [64 - epoch // 2 + 7 * epoch % 5 for epoch in range(EPOCHS)]
SLOW = [6400 - epoch for epoch in range(EPOCHS)]  # by less than a thousandth
WAVE = [64, 48, 40, 44, 44, 44, 44, 32, 36, 36] * 2 + [31, 33, 33, 33, 33, 33, 33, 24, 24, 24] * 2


def optimizer(start):
    return SGD([torch.zeros(1, dtype=torch.float64, requires_grad=True)], lr=start)


def rates(scheduler, watched):
    """The rate of each epoch; the scheduler steps between them."""
    found = []
    for epoch in range(EPOCHS):
        found.append(scheduler.optimizer.param_groups[0]["lr"])
        scheduler.optimizer.step()
        if watched is None:
            scheduler.step()
        else:
            scheduler.step(watched[epoch] / 64)
    return found


def cosine(start, **constants):
    recursive = rates(lr_scheduler.CosineAnnealingLR(optimizer(start), **constants), None)
    scheduler = lr_scheduler.CosineAnnealingLR(optimizer(start), **constants)
    closed = []
    for epoch in range(EPOCHS):
        scheduler.last_epoch = epoch
        closed.append(scheduler._get_closed_form_lr()[0])
    for a, b in zip(recursive, closed):
        assert abs(a - b) <= 1e-13 * start
    return closed


def row(kind, start, found, watched=None, **constants):
    fields = "".join(f", .{name} = {str(value).lower()}" for name, value in constants.items())
    errors = ", ".join(map(str, watched or [0]))
    print(f"{{{{SCHEDULE_{kind}{fields}}}, {float(start)!r},\n {{{errors}}},")
    print(f" {{{', '.join(repr(float(rate)) for rate in found)}}}}},")


print("/* Made by schedule_reference.py with PyTorch " + torch.__version__ + ". */")
for start, constants in [
    (0.5, dict(step_size=1, gamma=0.1)),
    (0.05, dict(step_size=7, gamma=0.1)),
    (1, dict(step_size=3, gamma=1.25)),
    (0.3, dict(step_size=100, gamma=0.5)),
]:
    row("STEP", start, rates(lr_scheduler.StepLR(optimizer(start), **constants), None), **constants)
for start, constants in [(0.5, dict(gamma=0.9)), (0.7, dict(gamma=0.3)), (1e-3, dict(gamma=1.0))]:
    found = rates(lr_scheduler.ExponentialLR(optimizer(start), **constants), None)
    row("EXPONENTIAL", start, found, **constants)
for start, constants in [
    (0.5, dict(t_max=1)),
    (0.1, dict(t_max=10)),
    (0.1, dict(t_max=40, eta_min=0.01)),
    (1, dict(t_max=7, eta_min=0.001)),
    (0.3, dict(t_max=1000)),
    (0.1, dict(t_max=13, eta_min=0.2)),
]:
    torchs = {"T_max": constants["t_max"], "eta_min": constants.get("eta_min", 0)}
    row("COSINE", start, cosine(start, **torchs), **constants)
for start, watched, constants in [
    (0.5, FALLING, dict(factor=0.1, patience=10, threshold=1e-4, eps=1e-8)),
    (0.5, FLAT, dict(factor=0.1, patience=10, threshold=1e-4, eps=1e-8)),
    (0.5, FLAT, dict(factor=0.5, patience=0, threshold=0.0, eps=0.0)),
    (0.5, FLAT, dict(factor=0.1, patience=2, threshold=1e-4, min_lr=0.003, eps=1e-8)),
    (0.5, FLAT, dict(factor=0.1, patience=2, threshold=1e-4, eps=0.01)),
    (0.5, FLAT, dict(factor=0.5, patience=2, threshold=1e-4, cooldown=4, eps=1e-8)),
    (0.1, NOISY, dict(factor=0.3, patience=2, threshold=1e-4, eps=1e-8)),
    (0.1, NOISY, dict(factor=0.3, patience=3, threshold=0.0625, eps=1e-8)),
    (0.1, NOISY, dict(factor=0.3, patience=3, threshold=0.125, threshold_abs=True, eps=1e-8)),
    (1, SLOW, dict(factor=0.5, patience=4, threshold=1e-3, eps=1e-8)),
    (1, SLOW, dict(factor=0.5, patience=4, threshold=1e-5, eps=1e-8)),
    (1, SLOW, dict(factor=0.5, patience=4, threshold=0.015625, threshold_abs=True, eps=1e-8)),
    (1, WAVE, dict(factor=0.5, patience=2, threshold=0.0, cooldown=2, eps=1e-8)),
    (1, WAVE, dict(factor=0.5, patience=1, threshold=0.25, cooldown=1, eps=1e-8)),
]:
    torchs = dict(constants)
    torchs["threshold_mode"] = "abs" if torchs.pop("threshold_abs", False) else "rel"
    scheduler = lr_scheduler.ReduceLROnPlateau(optimizer(start), **torchs)
    row("PLATEAU", start, rates(scheduler, watched), watched, **constants)
