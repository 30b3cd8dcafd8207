#!/usr/bin/env python3
"""PyTorch, on the protocol of bench/train/work.h:

    pytorch.py WORK float64|float32 THREADS [tensors|script|module]

tensors  a loop over tensors, gradients by hand, everything in place; for Adam all parameters and
         gradients are one tensor each, so that an update is few operations
script   the same, compiled by torch.jit.script
module   nn.Sequential, autograd and torch.optim: what its tutorials teach
"""

import sys

import torch

import works

WORK, ARRAYS = works.read(sys.argv[1])
torch.set_default_dtype(getattr(torch, sys.argv[2]))
torch.set_num_threads(int(sys.argv[3]))
VARIANT = sys.argv[4] if len(sys.argv) > 4 else "tensors"

SIGMOID, TANH, RELU = 0, 1, 2
KIND = {"sigmoid": SIGMOID, "tanh": TANH, "relu": RELU}[WORK.activation]
SOFTMAX = WORK.loss == "cross_entropy"
INPUTS, TARGETS = (torch.tensor(array, dtype=torch.get_default_dtype()) for array in ARRAYS[4:])


def views(flat):
    """Both layers' weights, as [in][out], and biases in a tensor of all of them. In memory weights
    stand as is faster there with OpenBLAS: so for batches, as [out][in] for single samples."""
    w1, b1, w2, b2 = flat.split([array.size for array in ARRAYS[:4]])
    if WORK.batch > 1:
        return [w1.view(WORK.inputs, -1), b1, w2.view(WORK.hidden, -1), b2]
    return [w1.view(WORK.hidden, -1).t(), b1, w2.view(WORK.outputs, -1).t(), b2]


def start():
    flat = torch.empty(sum(array.size for array in ARRAYS[:4]))
    for view, array in zip(views(flat), ARRAYS[:4]):
        view.copy_(torch.tensor(array.T))
    return flat


def activate(net: torch.Tensor, kind: int):
    if kind == 0:
        torch.sigmoid_(net)
    elif kind == 1:
        torch.tanh_(net)
    else:
        torch.relu_(net)


def descend(delta: torch.Tensor, out: torch.Tensor, kind: int) -> torch.Tensor:
    """delta * f'(net), from the activation's output."""
    if kind == 0:
        return torch.ops.aten.sigmoid_backward(delta, out)
    if kind == 1:
        return torch.ops.aten.tanh_backward(delta, out)
    return torch.ops.aten.threshold_backward(delta, out, 0)


def output_delta(net: torch.Tensor, targets: torch.Tensor, softmax: bool, dim: int) -> torch.Tensor:
    if softmax:
        return torch.softmax(net, dim).sub_(targets)
    out = torch.sigmoid_(net)
    return torch.ops.aten.sigmoid_backward(out - targets, out)


def sgd_batches(
    p: list[torch.Tensor],
    batches: list[tuple[torch.Tensor, torch.Tensor, torch.Tensor]],
    kind: int,
    softmax: bool,
    rate: float,
):
    w1, b1, w2, b2 = p[0], p[1], p[2], p[3]
    w2t = w2.t()
    for x, t, ones in batches:
        step = -rate / x.size(0)
        h = torch.addmm(b1, x, w1)
        activate(h, kind)
        d2 = output_delta(torch.addmm(b2, h, w2), t, softmax, 1)
        d1 = descend(torch.mm(d2, w2t), h, kind)
        w2.addmm_(h.t(), d2, alpha=step)
        b2.addmv_(d2.t(), ones, alpha=step)
        w1.addmm_(x.t(), d1, alpha=step)
        b1.addmv_(d1.t(), ones, alpha=step)


def sgd_online(
    p: list[torch.Tensor],
    batches: list[tuple[torch.Tensor, torch.Tensor, torch.Tensor]],
    kind: int,
    softmax: bool,
    rate: float,
):
    w1, b1, w2, b2 = p[0], p[1], p[2], p[3]
    w1t, w2t = w1.t(), w2.t()
    for x, t, _ in batches:
        h = torch.addmv(b1, w1t, x)
        activate(h, kind)
        d2 = output_delta(torch.addmv(b2, w2t, h), t, softmax, 0)
        d1 = descend(torch.mv(w2, d2), h, kind)
        w2.addr_(h, d2, alpha=-rate)
        b2.add_(d2, alpha=-rate)
        w1.addr_(x, d1, alpha=-rate)
        b1.add_(d1, alpha=-rate)


def adam_batches(
    p: list[torch.Tensor],
    g: list[torch.Tensor],
    flat: list[torch.Tensor],  # parameters, gradient, and Adam's two moments
    batches: list[tuple[torch.Tensor, torch.Tensor, torch.Tensor]],
    kind: int,
    softmax: bool,
    rate: float,
    updates: int,
):
    w1, b1, w2, b2 = p[0], p[1], p[2], p[3]
    g1, c1, g2, c2 = g[0], g[1], g[2], g[3]
    w2t = w2.t()
    parameters, gradient, m, v = flat[0], flat[1], flat[2], flat[3]
    for x, t, ones in batches:
        updates += 1
        share = 1.0 / x.size(0)
        h = torch.addmm(b1, x, w1)
        activate(h, kind)
        d2 = output_delta(torch.addmm(b2, h, w2), t, softmax, 1)
        d1 = descend(torch.mm(d2, w2t), h, kind)
        g2.addmm_(h.t(), d2, beta=0, alpha=share)
        c2.addmv_(d2.t(), ones, beta=0, alpha=share)
        g1.addmm_(x.t(), d1, beta=0, alpha=share)
        c1.addmv_(d1.t(), ones, beta=0, alpha=share)
        m.lerp_(gradient, 0.1)
        v.mul_(0.999).addcmul_(gradient, gradient, value=0.001)
        root = (1 - 0.999**updates) ** 0.5
        denominator = v.sqrt().add_(1e-8 * root)
        parameters.addcdiv_(m, denominator, value=-rate * root / (1 - 0.9**updates))


class Tensors:
    def __init__(self, compiled):
        make = torch.jit.script if compiled else lambda function: function
        parameters = start()
        self.flat = [parameters] + [torch.zeros_like(parameters) for _ in range(3)]
        self.parameters, self.gradients = views(parameters), views(self.flat[1])
        self.updates = 0
        self.adam = make(adam_batches)
        self.sgd = make(sgd_online if WORK.batch == 1 else sgd_batches)
        if WORK.batch == 1:
            self.batches = [(x, t, x) for x, t in zip(INPUTS, TARGETS)]
        else:
            pairs = zip(INPUTS.split(WORK.batch), TARGETS.split(WORK.batch))
            self.batches = [(x, t, torch.ones(len(x))) for x, t in pairs]

    @torch.no_grad()
    def train(self, epochs):
        rate = WORK.learning_rate
        for _ in range(epochs):
            if WORK.optimizer == "sgd":
                self.sgd(self.parameters, self.batches, KIND, SOFTMAX, rate)
            else:
                self.adam(
                    self.parameters,
                    self.gradients,
                    self.flat,
                    self.batches,
                    KIND,
                    SOFTMAX,
                    rate,
                    self.updates,
                )
                self.updates += len(self.batches)


class Module:
    def __init__(self):
        nn = torch.nn
        hidden = {SIGMOID: nn.Sigmoid, TANH: nn.Tanh, RELU: nn.ReLU}[KIND]()
        layers = [nn.Linear(WORK.inputs, WORK.hidden), hidden, nn.Linear(WORK.hidden, WORK.outputs)]
        self.net = nn.Sequential(*layers, *([] if SOFTMAX else [nn.Sigmoid()]))
        parameters = list(self.net.parameters())
        for parameter, array in zip(parameters, ARRAYS):
            parameter.data.copy_(torch.tensor(array))
        self.parameters = [parameter.data.t() for parameter in parameters]
        kind = torch.optim.SGD if WORK.optimizer == "sgd" else torch.optim.Adam
        self.optimizer = kind(parameters, lr=WORK.learning_rate)
        targets = TARGETS.argmax(dim=1) if SOFTMAX else TARGETS
        self.batches = list(zip(INPUTS.split(WORK.batch), targets.split(WORK.batch)))

    def train(self, epochs):
        for _ in range(epochs):
            for x, t in self.batches:
                out = self.net(x)
                if SOFTMAX:
                    loss = torch.nn.functional.cross_entropy(out, t)
                else:
                    loss = (out - t).square().sum() * (0.5 / len(x))
                self.optimizer.zero_grad(set_to_none=True)
                loss.backward()
                self.optimizer.step()


peer = Module() if VARIANT == "module" else Tensors(VARIANT == "script")


def error():
    return works.mean_error(WORK, [p.t() for p in peer.parameters], *ARRAYS[4:])


works.serve(WORK, peer.train, error)
