//! Names in any letter case, wherever SQL lets a name stand.

use crate::lake::Lake;

#[test]
fn an_unquoted_name_is_its_column_in_any_case_and_place() {
    let lake = Lake::sample();
    let statements = [
        "select servicename, SUM(BILLEDCOST) as Total from CHARGES where regionid = 'us-east-1' group by ServiceName order by SERVICENAME",
        "with Costs as (select ServiceName as name, billedcost from charges) select NAME, sum(BilledCost) from costs group by name order by name",
        "with c(servicename, cost) as (select ServiceName, BilledCost from charges) select SERVICENAME, sum(Cost) from C group by 1 order by 1",
        "select a.servicename, count(*) as n from charges a join (select distinct ServiceName from charges) as b using (servicename) group by A.ServiceName order by n",
        "select x.SERVICENAME from (select servicename, billedcost from charges order by billedcost desc limit 2) x",
        "select servicename, rank() over (partition by SubAccountID order by billedcost desc) as r from charges where subaccountid = '333' order by r",
        "select servicename, row_number() over W as r from charges where regionid = 'eu-west-1' window w as (order by BilledCost)",
        "select \"ServiceName\", sum(charges.\"BilledCost\") from charges group by \"ServiceName\" having SUM(billedcost) > 10 order by \"ServiceName\"",
        "select x_LINEITEMTYPE, X_Payer, Billing_Period from charges where X_LineItemType like 'T%' order by billing_period",
        "select * exclude (servicename) from (select ServiceName, x_lineitemtype as Kind from charges limit 1)",
        "select tag(tags, 'Team') as Team, json_get(TAGS, 'Env') env from charges where tag(Tags,'Team') = 'web' and billing_period = '2018-10' order by env",
        "select case when BILLEDCOST > 5 then 'big' else 'small' end as Size, count(*) from charges group by size order by SIZE",
        "select servicename from charges union select RegionName from charges order by servicename",
        "select Day, ROWS, servicename from rollup where chargecategory = 'Credit'",
    ];
    let answers: Vec<_> = statements.iter().map(|sql| format!("{sql}\n{}\n", lake.ask(sql))).collect();
    insta::assert_snapshot!(answers.join("\n"), @r#"
    select servicename, SUM(BILLEDCOST) as Total from CHARGES where regionid = 'us-east-1' group by ServiceName order by SERVICENAME
    ServiceName | total
    EC2 | 42
    RDS | 20
    S3 | 1

    with Costs as (select ServiceName as name, billedcost from charges) select NAME, sum(BilledCost) from costs group by name order by name
    name | sum(costs.BilledCost)
    EC2 | 42.000000000001
    RDS | 20
    S3 | 1
    - | 4

    with c(servicename, cost) as (select ServiceName, BilledCost from charges) select SERVICENAME, sum(Cost) from C group by 1 order by 1
    ServiceName | sum(c.cost)
    EC2 | 42.000000000001
    RDS | 20
    S3 | 1
    - | 4

    select a.servicename, count(*) as n from charges a join (select distinct ServiceName from charges) as b using (servicename) group by A.ServiceName order by n
    ServiceName | n
    RDS | 1
    S3 | 2
    EC2 | 6

    select x.SERVICENAME from (select servicename, billedcost from charges order by billedcost desc limit 2) x
    ServiceName
    EC2
    RDS

    select servicename, rank() over (partition by SubAccountID order by billedcost desc) as r from charges where subaccountid = '333' order by r
    ServiceName | r
    RDS | 1
    S3 | 2
    EC2 | 3

    select servicename, row_number() over W as r from charges where regionid = 'eu-west-1' window w as (order by BilledCost)
    ServiceName | r
    EC2 | 1

    select "ServiceName", sum(charges."BilledCost") from charges group by "ServiceName" having SUM(billedcost) > 10 order by "ServiceName"
    ServiceName | sum(charges.BilledCost)
    EC2 | 42.000000000001
    RDS | 20

    select x_LINEITEMTYPE, X_Payer, Billing_Period from charges where X_LineItemType like 'T%' order by billing_period
    x_LineItemType | x_payer | billing_period
    Tax | 111 | 2018-10
    Tax | 111 | 2018-11

    select * exclude (servicename) from (select ServiceName, x_lineitemtype as Kind from charges limit 1)
    kind
    Usage

    select tag(tags, 'Team') as Team, json_get(TAGS, 'Env') env from charges where tag(Tags,'Team') = 'web' and billing_period = '2018-10' order by env
    team | env
    web | prod
    web | -

    select case when BILLEDCOST > 5 then 'big' else 'small' end as Size, count(*) from charges group by size order by SIZE
    size | count(*)
    big | 3
    small | 8

    select servicename from charges union select RegionName from charges order by servicename
    ServiceName
    EC2
    RDS
    S3
    -

    select Day, ROWS, servicename from rollup where chargecategory = 'Credit'
    day | rows | ServiceName
    2018-10-02 | 1 | EC2
    "#);
}

#[test]
fn what_is_quoted_or_text_or_a_comment_stays_as_it_is() {
    let lake = Lake::sample();
    insta::assert_snapshot!(lake.ask("select 'servicename' as \"servicename\", \"x_LineItemType\" /* billedcost */ from charges where billedcost = 3"), @"
    servicename | x_LineItemType
    servicename | Tax
    ");
    insta::assert_snapshot!(lake.ask("select \"servicename\" from charges"), @"
    error: there is no column `servicename`; did you mean `ServiceName`?
    hint: DESCRIBE charges lists all columns
    ");
    insta::assert_snapshot!(lake.ask("select servicenam from charges"), @"
    error: there is no column `servicenam`; did you mean `ServiceName`?
    hint: DESCRIBE charges lists all columns
    ");
    insta::assert_snapshot!(lake.ask("select BilledCost from chargez"), @"
    error: there is no table `chargez`; did you mean `charges`?
    hint: SHOW TABLES lists what there is
    ");
}
