"""The arithmetic of the comparison. `python3 benches/peers/figures.py` tests it."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Spent:
    """What one process used for a clip."""
    frames: int
    cpu_s: float


def between(start: Spent, whole: Spent) -> float:
    """CPU milliseconds of each frame that `whole` has more than `start`: what starting and stopping costs falls out."""
    return 1e3 * (whole.cpu_s - start.cpu_s) / (whole.frames - start.frames)


def verdict(clips: dict, ap: dict, judged: str, bounds: dict, whole: str, cut: str) -> dict:
    """The worst of each figure over the clips, and whether the bounds held; `ap` by item in points, or empty."""
    overhead = {name: clip["overhead_over_floor"] for name, clip in clips.items()}
    ratio = {size: {name: clip["ratio_fps_per_cpu_second"][size] for name, clip in clips.items()}
             for size in (whole, cut)}
    result = {
        "overhead_over_floor": overhead | {"worst": max(overhead.values())},
        "ratio_fps_per_cpu_second": {size: of | {"worst": min(of.values())} for size, of in ratio.items()},
        "bounds": bounds,
        "held": {
            "overhead_over_floor": max(overhead.values()) <= bounds["overhead_over_floor"],
            "ratio_fps_per_cpu_second": min(ratio[cut].values()) >= bounds["ratio_fps_per_cpu_second"],
        },
    }
    if ap:
        result["ap_points"] = ap
        result["held"]["ap_loss_points"] = -ap[judged]["change"] <= bounds["ap_loss_points"]
    return result


def test() -> None:
    # 2 s of start and 10 ms for each frame.
    assert abs(between(Spent(25, 2.25), Spent(1025, 12.25)) - 10.0) < 1e-9

    bounds = {"overhead_over_floor": 1.08, "ratio_fps_per_cpu_second": 1.4, "ap_loss_points": 0.1}

    def clip(overhead: float, ratio: float) -> dict:
        return {"overhead_over_floor": overhead, "ratio_fps_per_cpu_second": {"a": 1.1, "b": ratio}}

    def judge(clips: dict, change: float) -> dict:
        return verdict(clips, {"i": {"change": change}, "j": {"change": -9.0}}, "i", bounds, "a", "b")

    good = judge({"x": clip(1.02, 1.5), "y": clip(1.08, 1.4)}, -0.1)
    assert all(good["held"].values()) and good["overhead_over_floor"]["worst"] == 1.08
    assert good["ratio_fps_per_cpu_second"]["b"] == {"x": 1.5, "y": 1.4, "worst": 1.4}
    bad = judge({"x": clip(1.02, 1.5), "y": clip(1.09, 1.39)}, -0.11)
    assert not any(bad["held"].values())
    assert judge({"x": clip(1, 2)}, 0.5)["held"]["ap_loss_points"]
    assert "ap_points" not in verdict({"x": clip(1, 2)}, {}, "i", bounds, "a", "b")
    print("figures: ok")


if __name__ == "__main__":
    test()
