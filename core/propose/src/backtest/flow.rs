//! A minimum cut in a small network: Dinic's maximum flow.

/// Places that stay or move, each with a preference, and pairs of which one alone does not like to move.
#[derive(Debug, Clone)]
pub(crate) struct Network {
    /// By arc: where it leads and what it still carries; arc `2i + 1` is the way back of `2i`.
    arcs: Vec<(usize, i128)>,
    /// By node: the arcs that leave it. The last two nodes are the source (moves) and the sink (stays).
    leaving: Vec<Vec<usize>>,
    /// By place: what moving costs more than staying.
    preferences: Vec<i128>,
}

impl Network {
    pub(crate) fn new(places: usize) -> Self {
        Self { arcs: Vec::new(), leaving: vec![Vec::new(); places + 2], preferences: vec![0; places] }
    }

    /// Moving `place` costs so much more than staying.
    pub(crate) fn prefer(&mut self, place: usize, cost: i128) {
        self.preferences[place] += cost;
    }

    /// Costs so much when `mover` moves and `stayer` stays. Returns the arc that says so.
    pub(crate) fn bind(&mut self, mover: usize, stayer: usize, cost: i128) -> Option<usize> {
        (cost > 0).then(|| self.arc(mover, stayer, cost))
    }

    /// Which places move in a cheapest choice, the smallest such set.
    pub(crate) fn moved(mut self) -> Vec<bool> {
        let depths = self.fill();
        depths[..depths.len() - 2].iter().map(Option::is_some).collect()
    }

    /// What each arc carries in a maximum flow.
    pub(crate) fn carried(mut self) -> Vec<i128> {
        self.fill();
        // What the way back can carry is what the way there does.
        (0..self.arcs.len()).map(|arc| self.arcs[arc ^ 1].1).collect()
    }

    /// Finds a maximum flow; the depths that are left are those of the source's side of the cut.
    fn fill(&mut self) -> Vec<Option<usize>> {
        let (source, sink) = (self.preferences.len(), self.preferences.len() + 1);
        for (place, cost) in self.preferences.clone().into_iter().enumerate() {
            if cost < 0 {
                self.arc(source, place, -cost);
            } else if cost > 0 {
                self.arc(place, sink, cost);
            }
        }
        loop {
            let depths = self.depths(source);
            if depths[sink].is_none() {
                return depths;
            }
            let mut next = vec![0; self.leaving.len()];
            while self.push(source, sink, i128::MAX, &depths, &mut next) > 0 {}
        }
    }

    fn arc(&mut self, from: usize, to: usize, capacity: i128) -> usize {
        let arc = self.arcs.len();
        self.leaving[from].push(self.arcs.len());
        self.arcs.push((to, capacity));
        self.leaving[to].push(self.arcs.len());
        self.arcs.push((from, 0));
        arc
    }

    /// Steps from the source over arcs that still carry something.
    fn depths(&self, source: usize) -> Vec<Option<usize>> {
        let mut depths = vec![None; self.leaving.len()];
        depths[source] = Some(0);
        let mut queue = vec![source];
        let mut at = 0;
        while let Some(node) = queue.get(at).copied() {
            at += 1;
            for arc in &self.leaving[node] {
                let (to, capacity) = self.arcs[*arc];
                if capacity > 0 && depths[to].is_none() {
                    depths[to] = depths[node].map(|depth| depth + 1);
                    queue.push(to);
                }
            }
        }
        depths
    }

    /// One augmenting path along the depths; recursion is as deep as the path.
    fn push(&mut self, node: usize, sink: usize, most: i128, depths: &[Option<usize>], next: &mut [usize]) -> i128 {
        if node == sink {
            return most;
        }
        while let Some(arc) = self.leaving[node].get(next[node]).copied() {
            let (to, capacity) = self.arcs[arc];
            if capacity > 0 && depths[to] == depths[node].map(|depth| depth + 1) {
                let pushed = self.push(to, sink, most.min(capacity), depths, next);
                if pushed > 0 {
                    self.arcs[arc].1 -= pushed;
                    self.arcs[arc ^ 1].1 += pushed;
                    return pushed;
                }
            }
            next[node] += 1;
        }
        0
    }
}
