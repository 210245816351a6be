//! A small plan copied out of a large one: what is done to the copy costs nobody else anything.

use super::{Dictionary, PinFacts, Place, Plan, TechnicianEntry, VisitEntry, VisitFacts};
use std::collections::BTreeMap;

/// Number of somebody whom the excerpt does not hold.
const ABSENT: u32 = u32::MAX;

/// Some technicians with all their routes, and some visits on no route, with numbers of their own.
#[derive(Clone, Debug)]
pub struct Excerpt {
    /// The copy.
    pub plan: Plan,
    /// The whole plan's number of each technician of the copy.
    pub technicians: Vec<u32>,
}

impl Plan {
    /// Copies technicians, each once, with their routes, and visits that are on no route.
    ///
    /// Linear in what is copied. Technicians whom the copy does not hold are nobody's wish there.
    #[must_use]
    pub fn excerpt(&self, technicians: &[u32], unassigned: &[u32]) -> Excerpt {
        let mut copy = Copy { whole: self, plan: self.alike(), technicians: BTreeMap::new() };
        let known = technicians.iter().filter_map(|number| Some((*number, self.technician(*number)?)));
        let known: Vec<(u32, &TechnicianEntry)> = known.collect();
        for (number, _) in &known {
            let own = copy.plan.dictionary.technicians.intern(self.technician_id(*number));
            copy.technicians.insert(*number, own);
        }
        for (number, entry) in &known {
            copy.technician(*number, entry);
        }
        for visit in unassigned {
            copy.visit(*visit, None);
        }
        Excerpt { plan: copy.plan, technicians: known.into_iter().map(|(number, _)| number).collect() }
    }

    /// An empty plan of the same region that knows everything but technicians by the same numbers.
    fn alike(&self) -> Self {
        let mut plan = Self::over(self.travel.clone());
        let Dictionary { technicians: _, skills, certificates, languages, partners, parts, services } =
            &self.dictionary;
        plan.dictionary = Dictionary {
            skills: skills.clone(),
            certificates: certificates.clone(),
            languages: languages.clone(),
            partners: partners.clone(),
            parts: parts.clone(),
            services: services.clone(),
            ..Dictionary::default()
        };
        plan
    }
}

/// A copy in the making.
struct Copy<'a> {
    whole: &'a Plan,
    plan: Plan,
    technicians: BTreeMap<u32, u32>,
}

impl Copy<'_> {
    fn technician(&mut self, number: u32, entry: &TechnicianEntry) {
        let own = self.technicians[&number];
        let mut entry = entry.clone();
        for (route, day) in entry.routes.iter_mut().enumerate() {
            for stop in &mut day.stops {
                stop.visit = self.visit(stop.visit, Some(Place { technician: own, route }));
            }
        }
        self.plan.put_entry(own, entry);
    }

    fn visit(&mut self, number: u32, place: Option<Place>) -> u32 {
        let entry = self.whole.visit(number).clone();
        let facts = self.facts(&entry.facts);
        debug_assert!(entry.links.is_none(), "Invariant: what is tied to others is not copied alone");
        self.plan.put_visit(VisitEntry { facts, place, links: None, ..entry })
    }

    /// Facts with the copy's numbers of technicians.
    fn facts(&self, facts: &VisitFacts) -> VisitFacts {
        let own = |number: u32| self.technicians.get(&number).copied().unwrap_or(ABSENT);
        let mut excluded: Vec<u32> = facts.excluded.iter().map(|number| own(*number)).collect();
        excluded.sort_unstable();
        let pin = facts.pin.as_ref().map(|pin| Box::new(PinFacts { technician: pin.technician.map(own), ..**pin }));
        let (required, preferred) = (facts.required.map(own), facts.preferred.map(own));
        VisitFacts { required, preferred, excluded, pin, ..facts.clone() }
    }
}
