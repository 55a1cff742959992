//! Every service in every region and kind of endpoint, against botocore's own resolver.

use std::process::Command;
use tenor_aws::client::Place;
use tenor_testkit::judges;
use tenor_wire::Model;

const RESOLVE: &str = "
import sys, botocore.session
from botocore.endpoint_provider import EndpointProvider
loader = botocore.session.get_session().get_component('data_loader')
partitions = loader.load_data('partitions')
for name in sys.argv[1:]:
    provider = EndpointProvider(loader.load_service_model(name, 'endpoint-rule-set-1'), partitions)
    for partition in partitions['partitions']:
        if partition['id'] not in ('aws', 'aws-us-gov', 'aws-cn'):
            continue
        for region in partition['regions']:
            if region.endswith('-global'):
                continue
            for fips in (False, True):
                for dual in (False, True):
                    try:
                        found = provider.resolve_endpoint(Region=region, UseFIPS=fips, UseDualStack=dual)
                        scheme = (found.properties.get('authSchemes') or [{}])[0]
                        print(name, region, fips, dual, found.url, scheme.get('signingRegion', region))
                    except Exception:
                        print(name, region, fips, dual, '-', region)
";

#[test]
fn services_are_asked_where_botocore_asks_them() {
    let Some(python) = judges::python() else { return };
    let names = Model::catalogued().services().map(|service| service.name.as_str());
    let output = Command::new(python).args(["-c", RESOLVE]).args(names).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8(output.stdout).unwrap();
    let (mut compared, mut different) = (0, Vec::new());
    for line in said.lines() {
        let words = line.split(' ').collect::<Vec<_>>();
        let [name, region, fips, dual, url, signing] = words.as_slice() else { panic!("{line}") };
        let service = Model::catalogued().service(name).unwrap();
        let place = Place { is_fips: *fips == "True", is_dual_stack: *dual == "True", ..Place::new(region) };
        let homes = &service.endpoints[place.partition()].homes;
        // Elsewhere botocore makes up a host that is not there, or that AWS answers from a home all the same.
        if !homes.is_empty() && !homes.iter().any(|home| home == region) {
            assert_eq!(place.endpoint(service).map(|endpoint| endpoint.region).unwrap_or_else(|_| homes[0].clone()), homes[0]);
            continue;
        }
        let ours = place
            .endpoint(service)
            .map(|endpoint| (endpoint.url, endpoint.region))
            .unwrap_or_else(|_| ("-".to_owned(), (*signing).to_owned()));
        compared += 1;
        if ours != ((*url).to_owned(), (*signing).to_owned()) {
            different.push(format!("{line}: {ours:?}"));
        }
    }
    assert!(compared > 1_000 && different.is_empty(), "{compared} compared, {} different\n{}", different.len(), different.join("\n"));
}
