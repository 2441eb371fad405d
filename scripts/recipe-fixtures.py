#!/usr/bin/env python3
"""Writes Tests/TrainingTests/Fixtures/recipe.json: what PyTorch computes for the parts of the recipe.

    python3 -m venv venv && venv/bin/pip install torch numpy
    venv/bin/python scripts/recipe-fixtures.py

Numbers are of float64 where PyTorch allows it, so the tests see our rounding alone. The tests read the
file and never need PyTorch.
"""

import json
import os
import sys

import torch

torch.manual_seed(7)
torch.set_default_dtype(torch.float64)


def values(tensor):
    return [float(value) for value in tensor.detach().flatten()]


def adamw():
    """Two groups, one of which decays, over ten steps with a changing rate."""
    decayed = torch.nn.Parameter(torch.randn(7))
    spared = torch.nn.Parameter(torch.randn(4))
    start = [values(decayed), values(spared)]
    optimizer = torch.optim.AdamW(
        [{"params": [decayed], "weight_decay": 0.3}, {"params": [spared], "weight_decay": 0.0}], lr=1.0)
    steps = []
    for step in range(10):
        rate = 0.01 * (1 + step % 3)
        for group in optimizer.param_groups:
            group["lr"] = rate
        decayed.grad = torch.randn(7) * 10.0 ** (step % 4 - 2)
        spared.grad = torch.randn(4)
        gradients = [values(decayed.grad), values(spared.grad)]
        optimizer.step()
        steps.append({"rate": rate, "gradients": gradients, "weights": [values(decayed), values(spared)]})
    return {"weight_decay": 0.3, "start": start, "steps": steps}


def rates(make, epochs, updates):
    parameter = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([parameter], lr=0.02)
    scheduler = make(optimizer)
    found = []
    for _ in range(epochs * updates):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return found


def schedules():
    """The rates of each update, of 12 epochs of 3 updates."""
    epochs, updates = 12, 3
    all_updates = epochs * updates
    schedulers = torch.optim.lr_scheduler

    def warm(optimizer, then, warmup):
        # LinearLR begins at its factor; ours reaches the full rate at the warm-up's last update.
        first = schedulers.LinearLR(optimizer, 1 / warmup, 1.0, warmup - 1)
        return schedulers.SequentialLR(optimizer, [first, then], [warmup])

    return {
        "rate": 0.02, "epochs": epochs, "updates": updates,
        "cosine": rates(
            lambda o: schedulers.CosineAnnealingLR(o, all_updates, eta_min=0.1 * 0.02), epochs, updates),
        "cosine_floor": 0.1,
        "step": rates(lambda o: schedulers.StepLR(o, 4 * updates, 0.3), epochs, updates),
        "step_epochs": 4, "step_factor": 0.3,
        "warm_cosine": rates(
            lambda o: warm(o, schedulers.CosineAnnealingLR(o, all_updates - 6), 6), epochs, updates),
        "warmup_epochs": 2,
    }


def losses():
    logits = torch.randn(9, 4) * 3
    labels = torch.tensor([0, 3, 1, 1, 2, 0, 0, 3, 1])
    weights = torch.tensor([0.5, 2.0, 1.25, 4.0])
    found = []
    for smoothing in [0.0, 0.2]:
        for weight in [None, weights]:
            x = logits.clone().requires_grad_()
            loss = torch.nn.CrossEntropyLoss(weight=weight, label_smoothing=smoothing)(x, labels)
            loss.backward()
            found.append({
                "smoothing": smoothing, "weights": None if weight is None else values(weight),
                "loss": float(loss), "gradient": values(x.grad)})
    # Mixed labels are probabilities; without weights PyTorch divides by the samples, as we do.
    partners = torch.tensor([3, 1, 0, 2, 8, 7, 6, 5, 4])
    for smoothing in [0.0, 0.2]:
        one_hot = torch.nn.functional.one_hot(labels, 4).double()
        x = logits.clone().requires_grad_()
        loss = torch.nn.CrossEntropyLoss(label_smoothing=smoothing)(
            x, 0.7 * one_hot + 0.3 * one_hot[partners])
        loss.backward()
        found.append({
            "smoothing": smoothing, "weights": None, "share": 0.7, "partners": partners.tolist(),
            "loss": float(loss), "gradient": values(x.grad)})
    return {"logits": values(logits), "labels": labels.tolist(), "classes": 4, "cases": found}


def clipping():
    """Gradients in float32, as ours are, and what clip_grad_norm_ makes of them."""
    found = []
    for scale, limit in [(1e-3, 1.0), (3.0, 1.0), (1e4, 0.25)]:
        parameters = [torch.nn.Parameter(torch.zeros(n, dtype=torch.float32)) for n in (50, 13)]
        for parameter in parameters:
            parameter.grad = (torch.randn(len(parameter)) * scale).float()
        before = [values(p.grad) for p in parameters]
        wide = [torch.nn.Parameter(torch.zeros(n)) for n in (50, 13)]
        for parameter, narrow in zip(wide, parameters):
            parameter.grad = narrow.grad.double()
        norm = torch.nn.utils.clip_grad_norm_(wide, limit)
        found.append({
            "limit": limit, "norm": float(norm), "before": sum(before, []),
            "after": sum([values(p.grad) for p in wide], [])})
    return found


def averages():
    model = torch.nn.Linear(3, 2)
    averaged = torch.optim.swa_utils.AveragedModel(
        model, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.9))
    # The first update copies; ours begins as the first weights, which is the same.
    averaged.update_parameters(model)
    start = values(model.weight)
    steps = []
    for _ in range(6):
        with torch.no_grad():
            model.weight += torch.randn(2, 3)
        averaged.update_parameters(model)
        steps.append({"weights": values(model.weight), "average": values(averaged.module.weight)})
    return {"decay": 0.9, "start": start, "steps": steps}


def main():
    root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
    path = os.path.join(root, "Tests", "TrainingTests", "Fixtures", "recipe.json")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    content = {
        "made_by": f"scripts/recipe-fixtures.py, PyTorch {torch.__version__.split('+')[0]}",
        "adamw": adamw(), "schedules": schedules(), "losses": losses(), "clipping": clipping(),
        "averages": averages(),
    }
    with open(path, "w") as file:
        json.dump(content, file, indent=1)
        file.write("\n")
    print(f"{path}: {os.path.getsize(path)} bytes", file=sys.stderr)


main()
