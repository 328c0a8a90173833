#!/usr/bin/env python3
"""Makes the example data sets of this folder, data/*.csv, always the same.

They look like the records of a systematic review: a title, an abstract, and
whether a reviewer included the record. All of it is invented: the studies,
their authors and their DOIs (10.5555 is a prefix that is kept for examples).

Each review has one topic. The relevant records speak of it, mostly in its own
words; the others speak of neighbouring topics and now and then borrow a word of
the review's. So a model has something to learn, and something to get wrong.

    python examples/make_dataset.py           writes the files
    python examples/make_dataset.py --check   tells whether they are up to date
"""

import argparse
import csv
import io
import random
import sys
from dataclasses import dataclass, replace
from pathlib import Path

COLUMNS = ["record_id", "title", "abstract", "authors", "year", "doi", "label_included"]


@dataclass(frozen=True)
class Topic:
    """Words of one topic, from which titles and abstracts are put together."""

    subjects: tuple[str, ...]
    influences: tuple[str, ...]
    outcomes: tuple[str, ...]
    methods: tuple[str, ...]


@dataclass(frozen=True)
class Review:
    """An invented systematic review: its topic, its neighbours, its size."""

    name: str
    places: tuple[str, ...]
    topic: Topic
    neighbours: tuple[Topic, ...]
    records: int
    relevant: int
    seed: int


CORAL = Review(
    name="Coral_Recovery",
    places=(
        "the Halcyon Bank", "the Sorrel Islands", "Port Merrow", "the Tamarind Lagoon",
        "the outer Vesper Reef", "Gannet Bay", "the Amaranth Shelf", "Lower Kestrel Sound",
    ),
    topic=Topic(
        subjects=(
            "bleached branching corals", "heat-stressed coral colonies", "bleached massive corals",
            "coral colonies after a marine heatwave", "thermally bleached reef corals",
        ),
        influences=(
            "artificial shading", "cool-water upwelling", "floating shade cloth",
            "pumped deep water", "turbid-water shading", "assisted cooling",
        ),
        outcomes=(
            "recovery of symbiont density", "regained pigmentation after bleaching",
            "post-bleaching survival", "photosynthetic recovery of the symbionts",
            "tissue regrowth after bleaching",
        ),
        methods=(
            "Colonies were tagged during the heatwave and photographed every week until pigment returned",
            "Symbiont cells were counted in tissue samples before, during and after bleaching",
            "Shaded and unshaded plots were assigned at random within each reef terrace",
            "Chlorophyll fluorescence was measured at dawn on bleached and recovering colonies",
        ),
    ),
    neighbours=(
        Topic(
            subjects=("reef fish assemblages", "juvenile parrotfish", "coastal groupers", "wrasse populations"),
            influences=("spearfishing pressure", "marine reserves", "artificial reefs", "boat noise"),
            outcomes=("biomass and size structure", "larval settlement", "grazing rates", "home range"),
            methods=(
                "Divers counted fish along fixed belt transects in two seasons",
                "Acoustic tags were followed by an array of receivers for a year",
                "Otoliths were sectioned to read the age of each fish",
            ),
        ),
        Topic(
            subjects=("seagrass meadows", "mangrove seedlings", "kelp canopies", "salt marsh grasses"),
            influences=("nutrient run-off", "dredging", "storm surges", "grazing by urchins"),
            outcomes=("shoot density", "sediment carbon storage", "canopy cover", "root biomass"),
            methods=(
                "Quadrats were laid out along a gradient from the river mouth",
                "Cores of sediment were dated and their carbon content determined",
                "Aerial photographs of four decades were classified by hand",
            ),
        ),
        Topic(
            subjects=("fishing households", "dive tour operators", "harbour communities", "island councils"),
            influences=("seasonal closures", "fuel prices", "tourism taxes", "cooperative ownership"),
            outcomes=("household income", "compliance with rules", "willingness to pay", "diet diversity"),
            methods=(
                "Semi-structured interviews were held in three villages",
                "A choice experiment was answered by visitors at the ferry landing",
                "Landing records of the harbour office were compared with household diaries",
            ),
        ),
        Topic(
            subjects=("reef sponges", "sea cucumbers", "giant clams", "reef-building corals"),
            influences=("microplastic particles", "a tissue-loss disease", "sediment plumes", "low pH"),
            outcomes=("filtration rate", "spawning success", "shell growth", "microbial diversity"),
            methods=(
                "Animals were kept in flow-through tanks at four concentrations",
                "Gene sequences of the microbial community were clustered into variants",
                "Specimens of museum collections were measured and compared with recent ones",
            ),
        ),
    ),
    records=300,
    relevant=14,
    seed=20240611,
)

POLLINATORS = Review(
    name="Night_Pollinators",
    places=(
        "the town of Elmsworth", "the Larkfield allotments", "the Ostrava Quarter", "Greater Wickham",
        "the canal district of Doren", "the suburbs of Port Anselm", "the Quarry Gardens",
    ),
    topic=Topic(
        subjects=(
            "nocturnal moths in city gardens", "night-flying pollinators", "hawk moths along lit streets",
            "moths visiting evening flowers", "nocturnal flower visitors",
        ),
        influences=(
            "warm-white street lighting", "dimming of lamps after midnight", "shielded luminaires",
            "artificial light at night", "motion-triggered street lamps",
        ),
        outcomes=(
            "pollen transport at night", "nocturnal flower visitation", "seed set of evening-blooming plants",
            "the nightly pollination network", "moth visits per flower and night",
        ),
        methods=(
            "Moths were caught at flowers between dusk and dawn and their pollen loads identified",
            "Infrared cameras watched evening primrose flowers under lit and unlit lamps",
            "Lamps were switched off in half of the streets, chosen by lot, for one flowering season",
        ),
    ),
    neighbours=(
        Topic(
            subjects=("honeybee colonies", "bumblebee workers", "solitary bees", "hoverflies by day"),
            influences=("hedge planting", "a gut parasite", "pesticide drift", "beekeeping density"),
            outcomes=("winter losses", "foraging distance", "nest occupancy", "brood production"),
            methods=(
                "Hives were weighed every hour by scales beneath them",
                "Trap nests were hung along a gradient of built-up land",
                "Bees were marked with coloured dots and seen again by volunteers",
            ),
        ),
        Topic(
            subjects=("city trees", "road verges", "green roofs", "community gardens"),
            influences=("late mowing", "summer drought", "road salt", "soil compaction"),
            outcomes=("species richness of plants", "canopy temperature", "leaf litter turnover", "water retention"),
            methods=(
                "Plots were surveyed by two botanists independently",
                "Surface temperatures were taken from a drone at noon",
                "Soil cores were sieved and their invertebrates counted",
            ),
        ),
        Topic(
            subjects=("pipistrelle bats", "urban hedgehogs", "garden birds", "tawny owls"),
            influences=("traffic noise", "bird feeders", "street lighting", "fragmented parks"),
            outcomes=("activity at dusk", "breeding success", "road mortality", "diet composition"),
            methods=(
                "Detectors recorded calls on forty evenings in each park",
                "Nest boxes were checked twice a week in spring",
                "Droppings were analysed by metabarcoding",
            ),
        ),
    ),
    records=200,
    relevant=10,
    seed=20240612,
)

REVIEWS = (CORAL, POLLINATORS)

SURNAMES = (
    "Abernathy", "Bellweather", "Castellane", "Dunmore", "Ekström", "Fairbairn", "Gorse", "Hollis",
    "Ivarsen", "Jessamine", "Kirigan", "Lomax", "Merriday", "Northcote", "Oyelaran", "Pemberley",
    "Quillon", "Rosendahl", "Saltmarsh", "Tregarth",
)
INITIALS = "ABCDEFGHJKLMNPRSTVW"

# Chances: of an empty abstract, and of each kind of word coming from elsewhere.
NO_ABSTRACT = 0.04
STRAYED_IF_RELEVANT = 0.3
STRAYED_IF_IRRELEVANT = 0.04

TITLES = (
    "{Influence} and {outcome} in {subject}",
    "Effects of {influence} on {outcome}: a study of {subject} at {place}",
    "Can {influence} change {outcome} of {subject}?",
    "{Subject} under {influence}: {outcome} over {years} years",
    "{Outcome} of {subject} at {place}",
)
OPENINGS = (
    "Little is known about the effect of {influence} on {subject}.",
    "The response of {subject} to {influence} is debated.",
    "Managers increasingly ask what {influence} might mean for {subject}.",
    "{Subject} are a common object of study, yet {outcome} is seldom measured.",
)
AIMS = (
    "We examined {outcome} at {place} over {years} years.",
    "Here we report on {outcome} at {sites} sites near {place}.",
    "This study relates {influence} to {outcome} at {place}.",
)
RESULTS = (
    "Under {influence}, {outcome} changed by {percent} per cent compared with the controls.",
    "We found a difference of {percent} per cent in {outcome}, which held in both seasons.",
    "There was no clear effect of {influence} on {outcome} (n = {sample}).",
    "The effect of {influence} was strongest in the first year and had faded by the third.",
)
CLOSINGS = (
    "We discuss what this means for the management of {subject}.",
    "Longer series are needed before {influence} can be recommended.",
    "The data of all {sites} sites are available on request.",
    "Our findings suggest that {outcome} should be part of routine monitoring.",
)


class Writer:
    """Puts records together from the words of topics.

    Draws only on Random.random(), whose sequence for a seed Python promises to
    keep from version to version.
    """

    def __init__(self, review: Review):
        self._review = review
        self._random = random.Random(review.seed)

    def _number(self, low: int, high: int) -> int:
        return low + int(self._random.random() * (high - low + 1))

    def _pick(self, items):
        return items[int(self._random.random() * len(items))]

    def _mixed(self, own: Topic, other: Topic, strayed: float) -> Topic:
        """The topic `own` with each kind of word taken from `other` by that chance."""
        kinds = ("subjects", "influences", "outcomes", "methods")
        strays = {kind: getattr(other, kind) for kind in kinds if self._random.random() < strayed}
        return replace(own, **strays)

    def _words(self, topic: Topic) -> dict[str, str]:
        words = {
            "subject": self._pick(topic.subjects),
            "influence": self._pick(topic.influences),
            "outcome": self._pick(topic.outcomes),
        }
        words |= {key.capitalize(): text[0].upper() + text[1:] for key, text in words.items()}
        words["place"] = self._pick(self._review.places)
        words["years"] = str(self._number(2, 9))
        words["sites"] = str(self._number(3, 24))
        words["percent"] = str(self._number(4, 68))
        words["sample"] = str(self._number(18, 420))
        return words

    def _authors(self) -> str:
        names = []
        for _ in range(self._number(1, 4)):
            names.append(f"{self._pick(SURNAMES)}, {self._pick(INITIALS)}.")
        return "; ".join(names)

    def _record(self, topic: Topic) -> dict[str, str]:
        words = self._words(topic)
        sentences = (
            self._pick(OPENINGS).format(**words),
            self._pick(AIMS).format(**words),
            self._pick(topic.methods) + ".",
            self._pick(RESULTS).format(**words),
            self._pick(CLOSINGS).format(**words),
        )
        return {
            "title": self._pick(TITLES).format(**words),
            "abstract": "" if self._random.random() < NO_ABSTRACT else " ".join(sentences),
            "authors": self._authors(),
            "year": str(self._number(1996, 2023)),
        }

    def records(self) -> list[dict[str, str]]:
        review = self._review
        relevant = self._positions(review.records, review.relevant)
        doi_name = review.name.lower().replace("_", ".")
        rows = []
        for position in range(review.records):
            included = position in relevant
            neighbour = self._pick(review.neighbours)
            if included:
                topic = self._mixed(review.topic, neighbour, STRAYED_IF_RELEVANT)
            else:
                topic = self._mixed(neighbour, review.topic, STRAYED_IF_IRRELEVANT)
            row = self._record(topic)
            row["record_id"] = str(position)
            row["doi"] = f"https://doi.org/10.5555/{doi_name}.{position:04d}"
            row["label_included"] = "1" if included else "0"
            rows.append(row)
        return rows

    def _positions(self, count: int, chosen: int) -> set[int]:
        positions: set[int] = set()
        while len(positions) < chosen:
            positions.add(self._number(0, count - 1))
        return positions


def csv_text(review: Review) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(Writer(review).records())
    return out.getvalue()


def main() -> int:
    parser = argparse.ArgumentParser(description="Makes the example data sets.")
    parser.add_argument("--check", action="store_true", help="only compare with the files that are there")
    parser.add_argument("--folder", type=Path, default=Path(__file__).parent / "data")
    arguments = parser.parse_args()

    outdated = []
    for review in REVIEWS:
        path = arguments.folder / f"{review.name}.csv"
        text = csv_text(review)
        if arguments.check:
            if not path.is_file() or path.read_text(encoding="utf-8") != text:
                outdated.append(path)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            print(f"{path}: {review.records} records, {review.relevant} relevant")
    for path in outdated:
        print(f"{path} is not what this script makes. Run it without --check.", file=sys.stderr)
    return 1 if outdated else 0


if __name__ == "__main__":
    sys.exit(main())
