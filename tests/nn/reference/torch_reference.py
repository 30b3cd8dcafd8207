#!/usr/bin/env python3
"""Writes what PyTorch computes into the tables of tests/nn, each a file beside this one:

    activation_reference.inc   f(net) and f'(net)                                     (float64)
    loss_reference.inc         every activation x loss: outputs, losses, dE/dnet      (float64)
    optimizer_reference.inc    parameters after 1, 2, 3 and 25 updates, every optimizer with and
                               without each of its options                (float64 and float32)
    gradient_reference.inc     every activation x loss, with every bias kind: the gradient of a 3-4-2
                               network's mean loss                                  (float64)
    training_reference.inc     its parameters after 25 steps of every optimizer
                                                                          (float64 and float32)

    /usr/bin/python3 tests/nn/reference/torch_reference.py

Where PyTorch's own rounding is too coarse (1 + erf(x) far below 0) the expected value is left to
extremes_reference.py. Numbers are multiples of 1/64 where the tests make the same ones.
"""
import os

import torch
import torch.nn.functional as F

HERE = os.path.dirname(os.path.abspath(__file__))
torch.set_num_threads(1)

ACTIVATIONS = {
    "SIGMOID": torch.sigmoid,
    "TANH": torch.tanh,
    "RELU": torch.relu,
    "LEAKY_RELU": F.leaky_relu,
    "ELU": F.elu,
    "SELU": F.selu,
    "GELU": F.gelu,
    "SILU": F.silu,
    "SOFTPLUS": F.softplus,
    "IDENTITY": lambda x: x + 0,
    "SOFTMAX": lambda x: torch.softmax(x, -1),
}
HUBER_DELTA = 0.375


def mean_over_outputs(function, **constants):
    return lambda net, out, target: function(out, target, reduction="none", **constants).mean(-1)


# The losses of samples, from net, out and target.
LOSSES = {
    "SQUARED_ERROR": lambda net, out, target: ((target - out) ** 2).sum(-1) / 2,
    "MEAN_SQUARED_ERROR": mean_over_outputs(F.mse_loss),
    "MEAN_ABSOLUTE_ERROR": mean_over_outputs(F.l1_loss),
    "HUBER": mean_over_outputs(F.huber_loss, delta=HUBER_DELTA),
    "BINARY_CROSS_ENTROPY": lambda net, out, target: F.binary_cross_entropy_with_logits(
        net, target, reduction="none").mean(-1),
    "CROSS_ENTROPY": lambda net, out, target: F.cross_entropy(net, target, reduction="none"),
}


def loss_takes(loss, activation):
    needs = {"BINARY_CROSS_ENTROPY": "SIGMOID", "CROSS_ENTROPY": "SOFTMAX"}
    return needs.get(loss, activation) == activation


def text(values):
    """The fewest digits that read back the same, nested lists in braces."""
    if isinstance(values, torch.Tensor):
        values = values.detach().to(torch.float64).tolist()
    if isinstance(values, list):
        return "{" + ", ".join(text(value) for value in values) + "}"
    return repr(values)


class Table:
    def __init__(self, name):
        self.file = open(os.path.join(HERE, name + "_reference.inc"), "w")
        self.file.write(f"/* Made by torch_reference.py with PyTorch {torch.__version__}. */\n")

    def row(self, *fields):
        self.file.write("{" + ", ".join(fields) + "},\n")


def sixty_fourths(shape, factor, offset, width, dtype=torch.float64):
    """The numbers that tests/nn/torch_numbers.h calls sixty_fourth(i, factor, offset, width)."""
    count = 1
    for size in shape:
        count *= size
    values = [((i * factor + offset) % width - width // 2) / 64 for i in range(count)]
    return torch.tensor(values, dtype=dtype).reshape(shape)


# Multiples of 1/64, so that they are floats too.
NETS = [-12, -5.5, -3, -2, -1.25, -1, -0.5, -0.015625, 0, 0.015625, 0.375, 0.5, 1, 1.25, 2, 3, 5.5,
        12, 19.984375, 20, 20.015625, 30]


def activations():
    table = Table("activation")
    for name, function in ACTIVATIONS.items():
        if name == "SOFTMAX":
            continue
        net = torch.tensor(NETS, dtype=torch.float64, requires_grad=True)
        out = function(net)
        out.sum().backward()
        for i, x in enumerate(NETS):
            table.row("ACTIVATION_" + name, repr(float(x)), text(out[i]), text(net.grad[i]))


LOSS_ROWS, LOSS_OUTPUTS = 6, 3


def loss_targets(loss):
    """In [0, 1] for the cross-entropies, 0 and 1 among them; some rows one-hot, some soft."""
    if loss == "BINARY_CROSS_ENTROPY":
        return (sixty_fourths((LOSS_ROWS, LOSS_OUTPUTS), 40, 8, 65) + 0.5).clamp(0, 1)
    if loss == "CROSS_ENTROPY":
        return torch.tensor([[1, 0, 0], [0, 1, 0], [0, 0, 1], [0.5, 0.25, 0.25], [0, 0.75, 0.25],
                             [0.125, 0.5, 0.375]], dtype=torch.float64)
    return sixty_fourths((LOSS_ROWS, LOSS_OUTPUTS), 29, 3, 120)


def losses():
    table = Table("loss")
    weights = torch.tensor([1, 0.5, 2, 0, 1.25, 3], dtype=torch.float64)
    for loss, loss_function in LOSSES.items():
        for activation, function in ACTIVATIONS.items():
            if not loss_takes(loss, activation):
                continue
            net = sixty_fourths((LOSS_ROWS, LOSS_OUTPUTS), 77, 5, 401).requires_grad_()
            target = loss_targets(loss)
            out = function(net)
            totals = weights * loss_function(net, out, target)
            totals.sum().backward()
            table.row("LOSS_" + loss, "ACTIVATION_" + activation, text(net.detach().flatten()),
                      text(target.flatten()), text(weights), text(out.flatten()), text(totals),
                      text(net.grad.flatten()))


# Fields of struct optimizer besides type; `lr` is learning_rate.
OPTIMIZERS = [
    ("SGD", {"lr": 0.5}),
    ("SGD", {"lr": 0.1, "weight_decay": 0.25}),
    ("SGD", {"lr": 0.1, "momentum": 0.9}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "dampening": 0.3}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
    ("SGD", {"lr": 0.05, "momentum": 0.75, "nesterov": True, "weight_decay": 0.125}),
    ("SGD", {"lr": 0.05, "momentum": 0.75, "dampening": 0.5, "weight_decay": 0.125}),
    ("Adam", {}),
    ("Adam", {"lr": 0.1}),
    ("Adam", {"lr": 0.1, "betas": (0.7, 0.8)}),
    ("Adam", {"lr": 0.1, "betas": (0.0, 0.5)}),
    ("Adam", {"lr": 0.1, "eps": 0.01}),
    ("Adam", {"lr": 0.1, "eps": 0.0}),
    ("Adam", {"lr": 0.1, "weight_decay": 0.25}),
    ("Adam", {"lr": 0.1, "betas": (0.5, 0.6), "amsgrad": True}),
    ("Adam", {"lr": 0.1, "betas": (0.5, 0.6), "amsgrad": True, "weight_decay": 0.25}),
    ("AdamW", {}),
    ("AdamW", {"lr": 0.1}),
    ("AdamW", {"lr": 0.1, "weight_decay": 0.0}),
    ("AdamW", {"lr": 0.1, "weight_decay": 0.5, "betas": (0.6, 0.7), "eps": 0.01}),
    ("AdamW", {"lr": 0.1, "betas": (0.5, 0.6), "amsgrad": True}),
    ("RMSprop", {}),
    ("RMSprop", {"lr": 0.05, "alpha": 0.75}),
    ("RMSprop", {"lr": 0.05, "eps": 0.25}),
    ("RMSprop", {"lr": 0.05, "eps": 0.0}),
    ("RMSprop", {"lr": 0.05, "weight_decay": 0.25}),
    ("RMSprop", {"lr": 0.05, "momentum": 0.5}),
    ("RMSprop", {"lr": 0.05, "centered": True}),
    ("RMSprop", {"lr": 0.02, "centered": True, "momentum": 0.75, "weight_decay": 0.125,
                 "alpha": 0.9}),
    ("Adagrad", {}),
    ("Adagrad", {"lr": 0.5}),
    ("Adagrad", {"lr": 0.5, "lr_decay": 0.125}),
    ("Adagrad", {"lr": 0.5, "eps": 0.25}),
    ("Adagrad", {"lr": 0.5, "weight_decay": 0.25}),
    ("Adagrad", {"lr": 0.5, "initial_accumulator_value": 0.5}),
    ("Adadelta", {}),
    ("Adadelta", {"lr": 2.0, "rho": 0.5}),
    ("Adadelta", {"eps": 0.01}),
    ("Adadelta", {"eps": 0.01, "weight_decay": 0.25}),
    ("Rprop", {}),
    ("Rprop", {"lr": 0.25}),
    ("Rprop", {"lr": 0.25, "etas": (0.75, 1.5)}),
    ("Rprop", {"lr": 0.25, "step_sizes": (0.125, 0.375)}),
]
STATELESS = {"maximize", "foreach", "differentiable", "capturable", "fused"}
UPDATES = 25
SHOWN = (1, 2, 3, UPDATES)
CURVE = [1, 0.5, 0.75]
START = [0.5, -0.75, 2]


def optimizer_text(optimizer, name):
    """All constants as PyTorch has them, its defaults too."""
    fields = [f".type = OPTIMIZER_{name.upper()}"]
    for key, value in optimizer.defaults.items():
        if key in STATELESS:
            continue
        if isinstance(value, tuple):
            value = "{" + ", ".join(repr(float(x)) for x in value) + "}"
        elif isinstance(value, bool):
            value = str(value).lower()
        else:
            value = repr(float(value))
        fields.append(f".{'learning_rate' if key == 'lr' else key} = {value}")
    return "{" + ", ".join(fields) + "}"


def optimizer_run(name, constants, dtype):
    """The gradients are those of (c w - t)^2 / 2 with a t that changes with the updates."""
    w = torch.tensor(START, dtype=dtype, requires_grad=True)
    curve = torch.tensor(CURVE, dtype=dtype)
    optimizer = getattr(torch.optim, name)([w], foreach=False, **constants)
    shown = []
    for update in range(1, UPDATES + 1):
        target = torch.tensor([((update * 37 + i * 11) % 64 - 32) / 64 for i in range(3)],
                              dtype=dtype)
        w.grad = curve * (curve * w.detach() - target)
        optimizer.step()
        if update in SHOWN:
            shown.append(w.detach().clone())
    return optimizer_text(optimizer, name), torch.stack(shown)


def optimizers():
    table = Table("optimizer")
    for name, constants in OPTIMIZERS:
        defaults = constants == ({"lr": 0.5} if name == "SGD" else {})
        fields, double = optimizer_run(name, constants, torch.float64)
        _, single = optimizer_run(name, constants, torch.float32)
        table.row(fields, str(defaults).lower(), f"{{{text(double)}, {text(single)}}}")


INPUTS, HIDDEN, OUTPUTS, ROWS = 3, 4, 2, 5


def network_parts(bias, dtype):
    """Weights and biases, layer by layer, in the order of nn/network.h."""
    parts = []
    for n, (inputs, units) in enumerate([(INPUTS, HIDDEN), (HIDDEN, OUTPUTS)]):
        parts.append(sixty_fourths((units, inputs), 37, 11 + n, 97, dtype))
        count = {"PER_UNIT": units, "SHARED": 1, "NONE": 0}[bias]
        parts.append(sixty_fourths((count,), 23, 5 + n, 61, dtype))
    return [part.requires_grad_() for part in parts]


def network_samples(loss, dtype):
    inputs = sixty_fourths((ROWS, INPUTS), 53, 9, 127, dtype)
    if loss == "BINARY_CROSS_ENTROPY":
        targets = (sixty_fourths((ROWS, OUTPUTS), 40, 8, 65, dtype) + 0.5).clamp(0, 1)
    elif loss == "CROSS_ENTROPY":
        targets = torch.tensor([[1, 0], [0, 1], [0.5, 0.5], [0.25, 0.75], [0, 1]], dtype=dtype)
    else:
        targets = sixty_fourths((ROWS, OUTPUTS), 29, 3, 65, dtype)
    return inputs, targets


def network_losses(parts, hidden, output, loss, inputs, targets):
    net = inputs @ parts[0].T + (parts[1] if len(parts[1]) else 0)
    net = ACTIVATIONS[hidden](net) @ parts[2].T + (parts[3] if len(parts[3]) else 0)
    return LOSSES[loss](net, ACTIVATIONS[output](net), targets)


def gradients():
    table = Table("gradient")
    weights = torch.tensor([1, 0.5, 2, 0, 1.25], dtype=torch.float64)
    for loss in LOSSES:
        for activation in ACTIVATIONS:
            # The activation under test in both layers, where the contract has it.
            hidden = "TANH" if activation == "SOFTMAX" else activation
            output = {"BINARY_CROSS_ENTROPY": "SIGMOID", "CROSS_ENTROPY": "SOFTMAX"}.get(
                loss, activation)
            if activation == "SOFTMAX" and loss == "BINARY_CROSS_ENTROPY":
                continue
            # The loss does not know of the biases.
            kinds = ("PER_UNIT", "SHARED", "NONE") if loss == "SQUARED_ERROR" else ("PER_UNIT",)
            for bias in kinds:
                parts = network_parts(bias, torch.float64)
                inputs, targets = network_samples(loss, torch.float64)
                errors = weights * network_losses(parts, hidden, output, loss, inputs, targets)
                errors.mean().backward()
                gradient = torch.cat([part.grad.flatten() for part in parts if part.numel()])
                table.row("LOSS_" + loss, "ACTIVATION_" + hidden, "ACTIVATION_" + output,
                          "BIAS_" + bias, text(targets.flatten()), text(errors.sum()),
                          text(gradient))


def training_run(name, constants, dtype):
    parts = network_parts("PER_UNIT", dtype)
    inputs, targets = network_samples("CROSS_ENTROPY", dtype)
    optimizer = getattr(torch.optim, name)(parts, foreach=False, **constants)
    for _ in range(UPDATES):
        optimizer.zero_grad()
        network_losses(parts, "TANH", "SOFTMAX", "CROSS_ENTROPY", inputs, targets).mean().backward()
        optimizer.step()
    return optimizer_text(optimizer, name), torch.cat([part.flatten() for part in parts])


def trainings():
    table = Table("training")
    for name, constants in [
        ("SGD", {"lr": 0.5}),
        ("SGD", {"lr": 0.25, "momentum": 0.75, "nesterov": True, "weight_decay": 0.01}),
        ("Adam", {"lr": 0.05}),
        ("AdamW", {"lr": 0.05, "amsgrad": True}),
        ("RMSprop", {"lr": 0.02, "centered": True, "momentum": 0.5}),
        ("Adagrad", {"lr": 0.25}),
        ("Adadelta", {"lr": 1.0, "eps": 0.001}),
        ("Rprop", {"lr": 0.0625}),
    ]:
        fields, double = training_run(name, constants, torch.float64)
        _, single = training_run(name, constants, torch.float32)
        table.row(fields, f"{{{text(double)}, {text(single)}}}")


activations()
losses()
optimizers()
gradients()
trainings()
