"""The reader: a small convolutional network and twelve slots that look at its features, one for each place of a plate."""

import torch
import torch.nn.functional as F
from torch import nn

PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
LINE_BREAK = "/"
# The order of the classes; the empty one follows.
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ" + PROVINCES + "港澳使领学警挂" + LINE_BREAK
EMPTY = len(ALPHABET)
CLASSES = EMPTY + 1
SLOTS = 12
COLOURS = ["white", "yellow", "blue", "red", "green", "yellow-green", "black", "none"]
HEIGHT, WIDTH = 64, 160
# Pixels from one feature to the next.
STRIDE = 8
ROWS, COLUMNS = HEIGHT // STRIDE, WIDTH // STRIDE


def convolution(inputs, outputs, size=3, stride=1):
    """A convolution and the normalisation after it, which the export folds into one."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False), nn.BatchNorm2d(outputs)
    )


class Residual(nn.Module):
    """He and others, 2015; it starts as the identity."""

    def __init__(self, channels):
        super().__init__()
        self.first = convolution(channels, channels)
        self.second = convolution(channels, channels)
        nn.init.zeros_(self.second[1].weight)

    def forward(self, x):
        return F.relu(x + self.second(F.relu(self.first(x))))


class Mixing(nn.Module):
    """Each channel over all places at once (Tolstikhin and others, 2021, the half that mixes tokens): what tells the fifth
    character from the sixth, and one line from two, is far away from either."""

    def __init__(self, channels, hidden=64):
        super().__init__()
        self.norm = nn.BatchNorm2d(channels)
        self.inwards = nn.Linear(ROWS * COLUMNS, hidden)
        self.outwards = nn.Linear(hidden, ROWS * COLUMNS)
        nn.init.zeros_(self.outwards.weight)
        nn.init.zeros_(self.outwards.bias)

    def forward(self, x):
        mixed = self.outwards(F.relu(self.inwards(self.norm(x).flatten(2))))
        return x + mixed.unflatten(2, (ROWS, COLUMNS))


class Attention(nn.Module):
    """Vaswani and others, 2017. Gives the weights too: training tells the slots where to look."""

    def __init__(self, channels, heads):
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(channels, channels)
        self.key = nn.Linear(channels, channels)
        self.value = nn.Linear(channels, channels)
        self.out = nn.Linear(channels, channels)

    def forward(self, slots, seen):
        def split(x):
            return x.unflatten(2, (self.heads, -1)).transpose(1, 2)

        query, key, value = split(self.query(slots)), split(self.key(seen)), split(self.value(seen))
        scores = query @ key.transpose(2, 3) * query.shape[-1] ** -0.5
        weights = scores.float().softmax(3)
        looked = (weights.to(value.dtype) @ value).transpose(1, 2).flatten(2)
        return self.out(looked), weights


class SlotLayer(nn.Module):
    """Slots look at the features, then at each other, then think."""

    def __init__(self, channels, heads=4):
        super().__init__()
        self.norms = nn.ModuleList(nn.LayerNorm(channels) for _ in range(3))
        self.features = Attention(channels, heads)
        self.others = Attention(channels, heads)
        self.think = nn.Sequential(
            nn.Linear(channels, 2 * channels), nn.ReLU(), nn.Linear(2 * channels, channels)
        )

    def forward(self, slots, seen):
        looked, weights = self.features(self.norms[0](slots), seen)
        slots = slots + looked
        normed = self.norms[1](slots)
        slots = slots + self.others(normed, normed)[0]
        return slots + self.think(self.norms[2](slots)), weights


class Reader(nn.Module):
    """`[N, 3, 64, 160]`, values in [-0.5, 0.5], to logits `[N, 12, 76]` of characters and `[N, 8]` of colours, and where
    the slots of the last layer look, `[N, heads, 12, 160]`."""

    def __init__(self, widths=(16, 40, 80), layers=2):
        super().__init__()
        stem, middle, deep = widths
        self.seeing = nn.Sequential(
            convolution(3, stem, 5, 2), nn.ReLU(),
            convolution(stem, middle, 3, 2), nn.ReLU(), Residual(middle),
            convolution(middle, deep, 3, 2), nn.ReLU(), Residual(deep),
            Mixing(deep), Residual(deep),
        )  # fmt: skip
        self.place = nn.Parameter(0.02 * torch.randn(1, ROWS * COLUMNS, deep))
        self.norm = nn.LayerNorm(deep)
        self.slots = nn.Parameter(torch.randn(1, SLOTS, deep))
        self.layers = nn.ModuleList(SlotLayer(deep) for _ in range(layers))
        self.slot_norm = nn.LayerNorm(deep)
        self.character = nn.Linear(deep, CLASSES)
        self.colour = nn.Linear(deep, len(COLOURS))

    def forward(self, pictures):
        features = self.seeing(pictures)
        seen = self.norm(features.flatten(2).transpose(1, 2) + self.place)
        slots = self.slots.expand(pictures.shape[0], -1, -1)
        weights = None
        for layer in self.layers:
            slots, weights = layer(slots, seen)
        return self.character(self.slot_norm(slots)), self.colour(features.mean((2, 3))), weights
