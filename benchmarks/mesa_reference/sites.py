"""What a firm owns and builds: up to four plants, each on a site, and up to three projects (submodel 6)."""

from dataclasses import dataclass


@dataclass(slots=True, eq=False)
class Site:
    """A place for one plant. route: index of its route, None where nothing stands; capacity in units per year;
    available: share of the year; cost in CNY per unit; output in units; built, relined: years."""

    route: int | None
    capacity: float
    available: float
    cost: float
    output: float
    built: float
    relined: float

    @property
    def works(self) -> float:
        """Capacity that there is this year, its first year counted in part."""
        return self.capacity * self.available


@dataclass(slots=True, eq=False)
class Project:
    """What is under construction. rebuilt: the site whose plant it rebuilds; None is new capacity."""

    route: int
    capacity: float
    year: int
    rebuilt: Site | None


class PlantOwner:
    """The part of a firm that owns plants: they close at the end of life and start when they are built."""

    sites: list[Site]
    projects: list[Project | None]

    @property
    def plants(self) -> list[Site]:
        """Sites on which a plant stands."""
        return [site for site in self.sites if site.route is not None]

    @property
    def underway(self) -> list[Project]:
        """Projects under construction."""
        return [project for project in self.projects if project is not None]

    @property
    def is_busy(self) -> bool:
        """Whether no further project can be begun."""
        return None not in self.projects

    def capacity(self) -> float:
        """Installed capacity."""
        return sum(site.capacity for site in self.plants)

    def able(self, full_output) -> float:
        """Largest output of the year."""
        return sum(site.works * full_output[site.route] for site in self.plants)

    def is_rebuilding(self, site: Site) -> bool:
        """Whether a project rebuilds this plant."""
        return any(project.rebuilt is site for project in self.underway)

    def runs(self, route: int) -> bool:
        """Whether a plant of this route stands."""
        return any(site.route == route for site in self.sites)

    def builds(self, route: int) -> bool:
        """Whether new capacity of this route is under construction."""
        return any(project.route == route and project.rebuilt is None for project in self.underway)

    def has_room(self) -> bool:
        """Whether a site is free that no project under construction needs."""
        free = sum(site.route is None for site in self.sites)
        needed = sum(project.rebuilt is None and not self.runs(project.route) for project in self.underway)
        return free > needed

    def holds(self, route: int) -> bool:
        """Whether a plant of this route could be added."""
        return self.runs(route) or self.builds(route) or self.has_room()

    def begin(self, project: Project) -> None:
        """Put a project in the first free place."""
        self.projects[self.projects.index(None)] = project

    # ---- closing and starting up

    def close_plants(self, ages) -> None:
        """Close plants at the end of their life, unless they are being rebuilt."""
        for site in self.plants:
            if ages.year[0] - site.built >= ages.lifetime_years[site.route] and not self.is_rebuilding(site):
                site.route, site.capacity = None, 0.0

    def start_up(self, ages) -> None:
        """Put into service what has been built."""
        for site in self.sites:
            site.available = 1.0
        for place, project in enumerate(self.projects):
            if project is None or project.year > ages.year[0]:
                continue
            if project.rebuilt is not None:
                self.rebuild(project, ages)
            else:
                self.add(project, ages)
            self.projects[place] = None

    def rebuild(self, project: Project, ages) -> None:
        """Relinings and retrofits keep the plant's age; another plant, or a power plant built again, starts anew."""
        site = project.rebuilt
        if project.route == site.route and self.is_generator:
            site.capacity = project.capacity
            site.built = ages.year[0]
            site.available = ages.first_year_share[project.route]
        if project.route != site.route and ages.retrofit_of[project.route] != site.route:
            site.built = ages.year[0]
            site.available = ages.first_year_share[project.route]
        site.route = project.route
        site.relined = ages.year[0]

    def add(self, project: Project, ages) -> None:
        """New capacity joins a young plant of its route, else takes a free site, else joins the youngest plant."""
        alike = [site for site in self.plants if site.route == project.route and not self.is_changing(site)]
        young = [site for site in alike if ages.year[0] - site.built <= ages.merge_age_years]
        free = [site for site in self.sites if site.route is None]
        if young:
            site = young[-1]
        elif alike and not free:
            site = max(alike, key=lambda one: one.built)
        else:
            site = free[-1] if free else self.make_room()
            site.route, site.capacity = project.route, 0.0
            site.built = site.relined = ages.year[0]
        whole = site.capacity + project.capacity
        share = project.capacity / whole if whole > 0.0 else 1.0
        site.capacity = whole
        site.built += share * (ages.year[0] - site.built)
        site.relined += share * (ages.year[0] - site.relined)
        site.available = 1.0 - share * (1.0 - ages.first_year_share[project.route])

    def is_changing(self, site: Site) -> bool:
        """Whether a project moves this plant to another route, or builds it again (power)."""
        return any(
            project.rebuilt is site and (self.is_generator or project.route != site.route) for project in self.underway
        )

    def make_room(self) -> Site:
        """Join the two smallest plants of one route and give the site left; else the smallest plant gives way."""
        still = [site for site in self.sites if not self.is_rebuilding(site)]
        pairs = [(other, one) for place, one in enumerate(still) for other in still[:place] if one.route == other.route]
        if not pairs:
            return min(still or self.sites[:1], key=lambda site: site.capacity)
        kept, freed = min(pairs, key=lambda pair: pair[1].capacity + pair[0].capacity)
        whole = freed.capacity + kept.capacity
        share = freed.capacity / whole
        for quantity in ("built", "relined", "available"):
            before = getattr(kept, quantity)
            setattr(kept, quantity, before + share * (getattr(freed, quantity) - before))
        kept.capacity = whole
        return freed
